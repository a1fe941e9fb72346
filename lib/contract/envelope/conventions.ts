/** What the field with the id of the call is usually called. The first that a message has is taken. */
export const ID_FIELDS: readonly string[] = ['id', 'request_id', 'requestId', 'message_id', 'messageId'];

/** What the field with the control code is usually called. */
export const CODE_FIELDS: readonly string[] = ['code', 'control_code', 'controlCode'];

/** The first of `candidates` that is among `names`, the fields of a message. */
export function fieldByConvention(names: readonly string[], candidates: readonly string[]): string | undefined {
  return candidates.find((candidate) => names.includes(candidate));
}

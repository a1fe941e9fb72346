import { InvalidContractError } from '../../errors/index.js';

export type Direction = 'request' | 'response';

/** A name that holds for both messages, or one for each. */
export type FieldName = string | Readonly<Record<Direction, string>>;

/** What the fields about the call are usually called. The first that a message has is taken. */
const conventions = {
  id: ['id', 'request_id', 'requestId', 'message_id', 'messageId'],
  code: ['code', 'control_code', 'controlCode'],
} as const;

/**
 * The field of a message that holds the call's id, or its control code: the one that was named, or one by convention.
 *
 * @param message What errors call the message.
 * @param names Its fields.
 * @throws InvalidContractError
 */
export function callField(
  field: 'id' | 'code',
  direction: Direction,
  given: FieldName | undefined,
  message: string,
  names: readonly string[],
): string {
  const wanted = typeof given === 'object' ? given[direction] : given;
  const candidates: readonly string[] = wanted === undefined ? conventions[field] : [wanted];
  const found = candidates.find((candidate) => names.includes(candidate));
  if (found !== undefined) return found;
  const missing = wanted === undefined ? `none of ${candidates.join(', ')}` : `no field ${wanted}`;
  throw new InvalidContractError(
    `${message} has ${missing}, but ${names.join(', ') || 'no field'}: say with \`${field}\` which field it is`,
  );
}

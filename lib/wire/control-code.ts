/**
 * What a message means for its call.
 *
 * As upstream (protosocket-rpc `message.rs`): any other number is read as Cancel, so there is no room for more codes.
 */
export const ControlCode = {
  /** A request, a reply, or an item of a stream. */
  Normal: 0,
  /** Stop working on the call. */
  Cancel: 1,
  /** The stream is complete. */
  End: 2,
} as const;

export type ControlCode = (typeof ControlCode)[keyof typeof ControlCode];

export function controlCodeOf(value: number): ControlCode {
  return value === ControlCode.Normal || value === ControlCode.End ? value : ControlCode.Cancel;
}

/** Turns payloads into bytes and back. Binary payloads (`Uint8Array`) never come here: they travel as they are. */
export interface PayloadSerializer {
  /**
   * @returns a text, or bytes that hold until the next call.
   * @throws NotSerializableError when `value` has no such form.
   */
  serialize(value: unknown): string | Uint8Array;

  /** @throws UnreadablePayloadError when the bytes from `start` to `end` are no such payload. */
  deserialize(bytes: Buffer, start: number, end: number): unknown;
}

/**
 * Where a codec writes a frame: room is reserved for a known length, filled, and committed. What is reserved and never
 * committed leaves no trace, so an encoder that throws half-way harms nobody.
 */
export interface FrameSink {
  /** The buffer of the latest reservation. */
  readonly bytes: Buffer;

  /**
   * Makes room for a frame of at most `length` bytes, prefix included, and answers the offset in `bytes` where it begins.
   * Until the commit nothing of the application's may run, such as a getter of a payload: what it sends would lie there too.
   *
   * @throws MessageTooLargeError when the peer would not accept a frame of that length.
   */
  reserve(length: number): number;

  /** Sends what was written from the reserved offset, or from the end of the latest commit to it, up to `end`. */
  commit(end: number): void;
}

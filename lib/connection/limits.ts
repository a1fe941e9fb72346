/** What a connection allows its peer and itself. All sizes in bytes, all times in milliseconds. */
export interface ConnectionLimits {
  /**
   * The longest frame that is accepted, and sent. Default 4 MiB, as upstream: a Rust peer drops a connection that
   * announces more.
   */
  readonly maxBufferSize: number;

  /**
   * How long a peer may take over one frame, from its first byte to its last, in milliseconds. Default 29 s, so that the
   * connection is closed within 30, whatever else the event loop has to do. 0 switches it off. Unlike in Nest's TCP
   * transport, a byte now and then does not extend it.
   */
  readonly incompleteMessageTimeout: number;

  /**
   * How much may wait for a peer that does not read, in bytes. Default 16 MiB. Above it, a call fails with
   * RESOURCE_EXHAUSTED: a request that cannot be sent, or one whose reply cannot. 0 switches it off.
   */
  readonly maxSendBufferSize: number;

  /**
   * How long a peer may take nothing of what waits for it, in milliseconds, before its connection is closed. Default 10 s.
   * 0 switches it off. One that is slow, but takes something, is not closed.
   */
  readonly writeTimeout: number;
}

export const defaultConnectionLimits: ConnectionLimits = {
  maxBufferSize: 4 * 1024 * 1024,
  incompleteMessageTimeout: 29_000,
  maxSendBufferSize: 16 * 1024 * 1024,
  writeTimeout: 10_000,
};

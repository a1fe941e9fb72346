/** What the calls of one connection may cost the side that answers them. 0 switches a limit off, but for `cancelRate`. */
export interface CallLimits {
  /**
   * How many calls of one connection may be at work. Default 1,024. One more is answered at once with
   * RESOURCE_EXHAUSTED, and its handler does not run; an event that nobody waits for is dropped, and logged. A call counts
   * until its handler is done, also after it was cancelled.
   */
  readonly maxCallsInFlight: number;

  /**
   * How many Cancels a connection may send at one go. Default 10,000. Above it the connection is closed. What was spent
   * comes back with time (`cancelRate`), and with every call that comes to its own end, or has had half of its timeout.
   */
  readonly cancelBurst: number;

  /** How many Cancels a connection may send per second, sustained. Default 1,000. 0: none come back with time. */
  readonly cancelRate: number;

  /** The longest pattern that is looked up, in bytes. Default 1 KiB. A call of a longer one fails with INVALID_REQUEST. */
  readonly maxPatternLength: number;

  /**
   * How many bytes of replies of one connection may wait for the replies before them, where replies have an order.
   * Default 16 MiB, as for what waits in its socket.
   */
  readonly maxSendBufferSize: number;
}

export const defaultCallLimits: CallLimits = {
  maxCallsInFlight: 1_024,
  cancelBurst: 10_000,
  cancelRate: 1_000,
  maxPatternLength: 1_024,
  maxSendBufferSize: 16 * 1024 * 1024,
};

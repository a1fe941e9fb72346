/**
 * The items that one side of a call sends: the reply of a server, or the request stream of a client. Whoever produces
 * them sees only this.
 */
export interface OutgoingStream {
  /** False once the call is over for whatever reason: more items would go nowhere. */
  readonly isOpen: boolean;

  /** Whether an item would leave at once. */
  readonly hasRoom: boolean;

  /** Resolves when there may be room again, or when the stream is no longer open. */
  roomAgain(): Promise<void>;

  /** Resolves when the event loop has turned. */
  turn(): Promise<void>;

  /** Sends an item. One too many without room, or one that cannot be put into bytes, fails the call. */
  next(body: unknown): void;

  /** The stream is complete. */
  end(): void;

  /** The stream failed. */
  fail(error: unknown): void;
}

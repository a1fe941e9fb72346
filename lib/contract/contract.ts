import type { Codec } from './codec.js';

/**
 * How the messages of a connection look: what `contract` of the server's and the client's options takes.
 *
 * A client needs `requests.encode`, `replies.measure` and `replies.decode`; a server the other three. A contract for one
 * side may leave the rest to throw.
 */
export interface Contract {
  /** What the client sends. */
  readonly requests: Codec;

  /** What the server sends. A reply is encoded with the `route` of its call. */
  readonly replies: Codec;

  /**
   * Messages carry no id: replies come in the order of the requests, so the server answers in that order whatever its
   * `replyOrder` says. What `id` a decoder gives is of no account. Every request has one reply, also an event; a call
   * that is cancelled on one side keeps its place on both, and there are no request streams.
   *
   * One message too many or too few would give each later caller the reply of another. So a request that `encode` writes
   * nothing for fails, a last reply that it writes nothing for is replaced by the error that says so, and a reply to no
   * request closes the connection. What only the contract can see to: that its peer cannot take one message for two,
   * such as a line with a line break in it, and that no request has more replies or fewer.
   */
  readonly withoutIds?: boolean;

  /**
   * Id 0 is no call's: what is sent on it is about the connection, as in the built-in contract. Then a server can say that
   * it goes away before it closes, and which of its handlers are idempotent, and both sides find a peer that is gone by
   * pings. These messages are an End, a Cancel, a Cancel with `event`, and a Cancel with `route`, which have to arrive as
   * they are. Default: no, since most peers know nothing of them.
   */
  readonly hasConnectionMessages?: boolean;

  /**
   * The highest id that messages have room for. A client makes a new connection for the calls beyond it, as an id is used only
   * once on each. Default: 2^53-1.
   */
  readonly maxId?: number | undefined;

  /**
   * Whether a call of `route` has one reply, which ends it. What a handler answers beyond its first item is dropped.
   * Default: no; without ids, yes. Other replies may be items with `more`, and then a last message: an End, or one without
   * `more`.
   */
  isUnary?(route: string): boolean;

  /**
   * Called when a server starts, with the routes that have handlers.
   *
   * @throws InvalidContractError when the contract has no place for one of them, or one of its own has no handler.
   */
  checkRoutes?(routes: readonly string[]): void;
}

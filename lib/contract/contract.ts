import type { Codec } from './codec.js';

/** How the messages of a connection look: what `contract` of the server's and the client's options takes. */
export interface Contract {
  /** What the client sends. */
  readonly requests: Codec;

  /** What the server sends. A reply is encoded with the `route` of its call. */
  readonly replies: Codec;

  /**
   * Messages carry no id: replies come in the order of the requests, so the server answers in that order whatever its
   * `replyOrder` says. What `id` a decoder gives is of no account, and a Cancel cannot be said.
   */
  readonly withoutIds?: boolean;

  /** Whether a call of `route` has one reply, which ends it. What a handler answers beyond its first item is dropped. */
  isUnary?(route: string): boolean;

  /**
   * Called when a server starts, with the routes that have handlers.
   *
   * @throws InvalidContractError when the contract has no place for one of them, or one of its own has no handler.
   */
  checkRoutes?(routes: readonly string[]): void;
}

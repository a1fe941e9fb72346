import type { Metadata } from '../contract/index.js';

/**
 * In which order a connection's calls are answered.
 *
 * - `concurrent`: handlers run side by side, replies leave as they are ready.
 * - `ordered`: handlers run side by side, replies leave in the order of the requests. A stream that is not yet first
 *   in line is held back (an iterable is not asked for items) and leaves whole before the next reply.
 * - `serial`: a handler starts when the call before it is over, stream and all.
 * - {@link KeyedOrder}: ordered or serial among the calls of one key, concurrent between keys.
 *
 * An order is kept among the calls of one connection. Set for a server, it binds all calls whose handler does not set its
 * own; set for a handler (`extras: { replyOrder }`), the calls of that handler.
 */
export type ReplyOrder = 'concurrent' | 'ordered' | 'serial' | KeyedOrder;

export interface KeyedOrder {
  /**
   * The key of a call, from its payload and what stands beside it. Keys are compared as text. `undefined`: the call is
   * concurrent with all others. One that throws fails the call. The payload of a request stream is `undefined`.
   */
  key(
    data: unknown,
    call: { pattern: string; metadata: Metadata | undefined },
  ): string | number | bigint | boolean | undefined;

  /** What holds among calls of the same key. Default `ordered`. */
  readonly each?: 'ordered' | 'serial';
}

/** An order, and what it was set for: the calls of one scope keep it among each other. */
export interface Ordering {
  readonly order: ReplyOrder;
  readonly scope: string;
}

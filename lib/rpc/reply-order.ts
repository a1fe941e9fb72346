/**
 * In which order a connection's calls are answered.
 *
 * - `concurrent`: handlers run side by side, replies leave as they are ready.
 * - `ordered`: handlers run side by side, replies leave in the order of the requests. A stream that is not yet first
 *   in line is held back (an iterable is not asked for items) and leaves whole before the next reply.
 * - `serial`: a handler starts when the call before it is over, stream and all.
 * - `{ key }`: as `ordered` (or `serial`, with `each`) among the calls for which `key` answers the same, and concurrent
 *   between keys. `undefined` as key: concurrent with all.
 *
 * An order is kept among the calls of one connection. Set for a server, it binds all calls whose handler does not set its
 * own; set for a handler (`extras: { replyOrder }`), the calls of that handler.
 */
export type ReplyOrder =
  | 'concurrent'
  | 'ordered'
  | 'serial'
  | {
      /** The key of a call, from its payload (the first argument of the handler), pattern and metadata. */
      readonly key: (data: unknown, call: { pattern: string; metadata: Record<string, string> | undefined }) => unknown;
      /** What holds among calls of the same key. Default `ordered`. */
      readonly each?: 'ordered' | 'serial';
    };

/** An order, and what it was set for: the calls of one scope keep it among each other. */
export interface Ordering {
  readonly order: ReplyOrder;
  readonly scope: string;
}

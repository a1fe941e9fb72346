import type { Echo, Items } from './echo.js';

/** Who takes what a call brings. One observer may serve many calls, one after another. */
export interface ReplyObserver {
  next(reply: Echo): void;
  error(error: unknown): void;
  complete(): void;
}

/** A connection of a contender's client, as the load sees it. What a contender does not offer it need not have. */
export interface Caller {
  echo(message: Echo, observer: ReplyObserver): void;
  /** The reply is a stream. */
  items?(request: Items, observer: ReplyObserver): void;
  /** The request is a stream of what `items` would send; the reply is its last item, with the count as its id. */
  collect?(request: Items, observer: ReplyObserver): void;
  /** An echo that the server holds back until the harness releases it. */
  hold?(message: Echo, observer: ReplyObserver): void;
  close?(): void;
}

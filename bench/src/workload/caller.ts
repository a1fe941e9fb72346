import type { Echo, Items } from './echo.js';

/** Who takes what a call brings. One observer may serve many calls, one after another. */
export interface ReplyObserver {
  next(reply: Echo): void;
  error(error: unknown): void;
  complete(): void;
}

/** A contender's client, as the load sees it. */
export interface Caller {
  echo(message: Echo, observer: ReplyObserver): void;
  /** None, where there are no streams. */
  items?(request: Items, observer: ReplyObserver): void;
}

import { AsyncSubject, Observable } from 'rxjs';

import type { ReplySubscriber } from './reply-observer.js';

/** What becomes of an event, for whoever asks, now or later; a failure that nobody asks about is not lost in silence. */
export class EmittedEvent implements ReplySubscriber {
  /** Emits `undefined`, as Nest's transports do, and completes; or fails. */
  readonly outcome: Observable<undefined>;

  private readonly subject = new AsyncSubject<undefined>();
  private asked = false;

  constructor(private readonly onUnseenFailure: (error: unknown) => void) {
    this.outcome = new Observable((subscriber) => {
      this.asked = true;
      return this.subject.subscribe(subscriber);
    });
  }

  /** An acknowledgement has no payload. */
  next(): void {
    return undefined;
  }

  complete(): void {
    this.subject.next(undefined);
    this.subject.complete();
  }

  error(error: unknown): void {
    this.subject.error(error);
    // Who emitted it may subscribe before the tick is over.
    queueMicrotask(() => {
      if (!this.asked) this.onUnseenFailure(error);
    });
  }
}

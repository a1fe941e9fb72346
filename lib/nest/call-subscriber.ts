import { type Observer, Subscriber } from 'rxjs';

import type { Cancellable } from '../session/index.js';
import { reportUnhandled } from './report-unhandled.js';

/**
 * What RxJS makes of an observer that subscribes, in one object in place of a subscriber, a wrapped observer, a teardown
 * and a list of teardowns. A call holds it as long as it is in flight, so with thousands in flight its size is what a call
 * costs: the memory that has to be walked through, and to be copied by the garbage collector.
 */
export class CallSubscriber<T> extends Subscriber<T> {
  private call: Cancellable | undefined;

  constructor(observer: Partial<Observer<T>>) {
    // Once it is closed, RxJS lets go of it.
    super(observer as Observer<T>);
  }

  /** Cancels `call` when nobody listens any more. */
  holds(call: Cancellable): void {
    if (this.closed) call.cancel();
    else this.call = call;
  }

  override unsubscribe(): void {
    const { call } = this;
    this.call = undefined;
    this.isStopped = true;
    try {
      call?.cancel();
    } finally {
      // What was added is torn down, even if a request stream throws as it is given up.
      super.unsubscribe();
    }
  }

  private get observer(): Partial<Observer<T>> {
    return this.destination;
  }

  protected override _next(value: T): void {
    try {
      this.observer.next?.(value);
    } catch (error) {
      reportUnhandled(error);
    }
  }

  protected override _error(error: unknown): void {
    try {
      if (this.observer.error) this.observer.error(error);
      else reportUnhandled(error);
    } catch (thrown) {
      reportUnhandled(thrown);
    } finally {
      this.unsubscribe();
    }
  }

  protected override _complete(): void {
    try {
      this.observer.complete?.();
    } catch (error) {
      reportUnhandled(error);
    } finally {
      this.unsubscribe();
    }
  }
}

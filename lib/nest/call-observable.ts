import { config, Observable, type Observer, type Subscriber, type Subscription, type TeardownLogic } from 'rxjs';

import type { Cancellable } from '../session/index.js';
import { CallSubscriber } from './call-subscriber.js';
import type { ReplySubscriber } from './reply-observer.js';

type Next<T> = (value: T) => void;

/** Makes a call. */
export type OpenCall = (subscriber: ReplySubscriber, pattern: unknown, data: unknown) => Cancellable;

/** Makes a call each time it is subscribed to; to unsubscribe is to cancel. */
export class CallObservable<T> extends Observable<T> {
  constructor(
    private readonly open: OpenCall,
    private readonly pattern: unknown,
    private readonly data: unknown,
  ) {
    super(callFor);
  }

  call(subscriber: ReplySubscriber): Cancellable {
    return this.open(subscriber, this.pattern, this.data);
  }

  override subscribe(observerOrNext?: Partial<Observer<T>> | Next<T>): Subscription;
  /** @deprecated as in RxJS: give an observer in place of callbacks. */
  override subscribe(
    next?: Next<T> | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription;
  override subscribe(
    observerOrNext?: Partial<Observer<T>> | Next<T> | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    if (isForRxJS(observerOrNext)) return super.subscribe(observerOrNext as Next<T>, error, complete);
    const subscriber = new CallSubscriber<T>(
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : { next: observerOrNext ?? undefined, error: error ?? undefined, complete: complete ?? undefined },
    );
    try {
      subscriber.holds(this.call(subscriber));
    } catch (failure) {
      subscriber.error(failure);
    }
    return subscriber;
  }
}

/** For subscribers, which RxJS passes on as they are. */
function callFor<T>(this: Observable<T>, subscriber: Subscriber<T>): TeardownLogic {
  const call = (this as CallObservable<T>).call(subscriber);
  return () => call.cancel();
}

/** A subscriber already, such as an operator's, of this copy of RxJS or another; or to be treated as RxJS did long ago. */
function isForRxJS(observer: unknown): boolean {
  if (typeof observer === 'object' && observer !== null && 'unsubscribe' in observer) return true;
  return config.useDeprecatedNextContext || config.useDeprecatedSynchronousErrorHandling;
}

import { Logger } from '@nestjs/common';
import { isObservable, Observable, type Subscriber } from 'rxjs';

import { type IncomingStream, isPullable, type OutgoingStream, type Pullable } from '../rpc/index.js';
import { pumpOf } from './pump-of.js';
import { unsubscribe } from './unsubscribe.js';

/** Whether `data` is sent item by item instead of as one payload. */
export function isRequestStream(data: unknown): data is Observable<unknown> | Pullable {
  return isObservable(data) || isPullable(data);
}

/** Sends the items of `source`, and answers how to stop it. */
export function feed(source: Observable<unknown> | Pullable, stream: OutgoingStream): () => void {
  if (isObservable(source)) {
    const subscription = source.subscribe({
      next: (item) => stream.next(item),
      error: (error: unknown) => stream.fail(error),
      complete: () => stream.end(),
    });
    return () => unsubscribe(subscription);
  }
  const pump = pumpOf(source, stream);
  void pump.run();
  return () => pump.stop();
}

/**
 * The request stream as the Observable that a handler takes. What came before the first subscription is handed to it;
 * who subscribes in the same tick gets all of it as well, so a handler may split the stream.
 */
export function observableOf(requests: IncomingStream): Observable<unknown> {
  const subscribers = new Set<Subscriber<unknown>>();
  let ending: ((subscriber: Subscriber<unknown>) => void) | undefined;
  let attached = false;
  const tell = (how: (subscriber: Subscriber<unknown>) => void): void => {
    for (const subscriber of [...subscribers]) {
      try {
        how(subscriber);
      } catch (error) {
        // Of its teardown. On its way up it would cut short the end of other calls, and of the connection.
        Logger.error(error);
      }
    }
  };
  const finish = (how: (subscriber: Subscriber<unknown>) => void): void => {
    ending = how;
    tell(how);
  };
  return new Observable((subscriber) => {
    if (ending) {
      ending(subscriber);
      return undefined;
    }
    subscribers.add(subscriber);
    if (!attached) {
      attached = true;
      queueMicrotask(() => {
        requests.attach({
          next: (item) => tell((each) => each.next(item)),
          end: () => finish((each) => each.complete()),
          fail: (error) => finish((each) => each.error(error)),
        });
      });
    }
    return () => subscribers.delete(subscriber);
  });
}

import { isObservable, type Observable, type Subscription, takeWhile } from 'rxjs';

import { isPullable, type Pullable, type Pump } from '../rpc/index.js';
import { failureOfFilter } from './handler-failure.js';
import { pumpOf } from './pump-of.js';
import type { ReplyStream } from './reply-stream.js';
import { unsubscribe } from './unsubscribe.js';

/** Stops the work on an answer that nobody waits for any more. */
export type StopAnswer = () => void;

/** Whether what a handler returned is sent item by item. */
export function isStreamed(result: unknown): result is Observable<unknown> | Pullable {
  return isObservable(result) || isPullable(result);
}

/** Sends the items of what a handler returned. */
export function answer(stream: ReplyStream, result: Observable<unknown> | Pullable): StopAnswer {
  if (isObservable(result)) return new ObservableAnswer(stream).from(result);
  const pump = pumpOf(result, stream);
  const pumped = pump.run();
  return () => {
    pump.stop();
    void (pump.closed ?? pumped).then(() => stream.settled());
  };
}

const NOTHING = Symbol('nothing');

/**
 * Sends the items of an Observable.
 *
 * Each is held back until the end of the microtasks, for it may be the last: then it leaves as the call's one reply
 * instead of an item and an end. That is the rule, not the exception, since Nest's interceptors make an Observable of
 * every plain value.
 */
class ObservableAnswer {
  private held: unknown = NOTHING;
  private releaseScheduled = false;
  /** Items that came while one before them, an iterable itself, is being pulled. */
  private waiting: unknown[] | undefined;
  private pump: Pump | undefined;
  private pumped: Promise<void> | undefined;
  private completed = false;
  private subscription: Subscription | undefined;

  constructor(private readonly stream: ReplyStream) {}

  from(source: Observable<unknown>): StopAnswer {
    // A source that emits in its own subscribe call can be stopped no other way.
    const subscription = source.pipe(takeWhile(() => this.stream.isOpen)).subscribe({
      next: (item) => this.next(item),
      error: (error: unknown) => this.fail(error),
      complete: () => this.complete(),
    });
    this.subscription = subscription;
    return () => {
      unsubscribe(subscription);
      this.pump?.stop();
      // What is not pulled is over with its subscription, as far as can be seen.
      if (this.pump) void (this.pump.closed ?? this.pumped!).then(() => this.stream.settled());
      else this.stream.settled();
    };
  }

  private next(item: unknown): void {
    if (this.waiting) {
      this.waiting.push(item);
    } else if (isPullable(item)) {
      // Behind an interceptor, an iterable that the handler returned comes as an item.
      this.waiting = [];
      this.release();
      this.pumped = this.pull(item);
    } else {
      this.release();
      this.held = item;
      if (this.releaseScheduled) return;
      this.releaseScheduled = true;
      queueMicrotask(() => {
        this.releaseScheduled = false;
        this.release();
      });
    }
  }

  private release(): void {
    if (this.held === NOTHING) return;
    const item = this.held;
    this.held = NOTHING;
    this.stream.next(item);
  }

  private fail(error: unknown): void {
    this.release();
    this.stream.refuse(failureOfFilter(error));
  }

  private complete(): void {
    this.completed = true;
    if (this.waiting) return;
    const last = this.held;
    this.held = NOTHING;
    if (last === NOTHING) this.stream.end();
    else this.stream.reply(last);
  }

  private async pull(source: Pullable): Promise<void> {
    this.pump = pumpOf(source, this.stream);
    try {
      await this.pump.runItems();
    } catch (error) {
      this.stream.fail(error);
      // The call is over, and nobody would ever stop the rest.
      if (this.subscription) unsubscribe(this.subscription);
      return;
    } finally {
      this.pump = undefined;
    }
    const waiting = this.waiting!;
    this.waiting = undefined;
    for (const item of waiting) this.next(item);
    if (this.completed) this.complete();
  }
}

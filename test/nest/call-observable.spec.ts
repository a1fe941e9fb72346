import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  config,
  firstValueFrom,
  map,
  Observable,
  type Observer,
  Subject,
  Subscriber,
  type Subscription,
  take,
  toArray,
} from 'rxjs';

import { CallObservable, type OpenCall } from '../../lib/nest/call-observable.js';
import { CallSubscriber } from '../../lib/nest/call-subscriber.js';
import type { ReplySubscriber } from '../../lib/nest/reply-observer.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { eventually } from '../support/eventually.js';

const callsBy = <T>(open: OpenCall): Observable<T> => new CallObservable<T>(open, 'pattern', 'data');

type Script = (subscriber: ReplySubscriber) => void;

/** What an observer saw of a call that goes by a script, and what became of the call. */
class Seen {
  readonly events: unknown[] = [];

  usual(script: Script): Observable<number> {
    return new Observable<number>((subscriber) => {
      script(subscriber);
      return () => void this.events.push('cancelled');
    });
  }

  ours(script: Script): Observable<number> {
    return callsBy<number>((subscriber) => {
      script(subscriber);
      return { cancel: () => void this.events.push('cancelled') };
    });
  }

  observer(own: Partial<Observer<number>> = {}): Observer<number> {
    return {
      next: (value) => {
        this.events.push(value);
        own.next?.(value);
      },
      error: (error) => {
        this.events.push(`error ${String(error)}`);
        own.error?.(error);
      },
      complete: () => {
        this.events.push('complete');
        own.complete?.();
      },
    };
  }
}

const fails = (): never => {
  throw new Error('from the observer');
};

const scripts: Record<string, Script> = {
  'a reply': (subscriber) => {
    subscriber.next(1);
    subscriber.complete();
  },
  'a stream that goes on': (subscriber) => [1, 2, 3].forEach((value) => subscriber.next(value)),
  'a failure after an item': (subscriber) => {
    subscriber.next(1);
    subscriber.error(new Error('of the call'));
  },
  'what comes after the end': (subscriber) => {
    subscriber.complete();
    subscriber.next(1);
    subscriber.complete();
    subscriber.error(new Error('late'));
  },
  'what comes after a failure': (subscriber) => {
    subscriber.error(new Error('of the call'));
    subscriber.next(1);
    subscriber.complete();
  },
  'a call that throws': () => {
    throw new Error('of the call');
  },
};

const ways: Record<string, (seen: Seen, source: Observable<number>) => Subscription | undefined> = {
  'an observer': (seen, source) => source.subscribe(seen.observer()),
  callbacks: (seen, source) => {
    const { complete, error, next } = seen.observer();

    return source.subscribe(next, error, complete);
  },
  'a function': (seen, source) => source.subscribe(seen.observer().next),
  nothing: (_seen, source) => source.subscribe(),
  'an observer without methods': (_seen, source) => source.subscribe({}),
  'a subscriber': (seen, source) => source.subscribe(new Subscriber(seen.observer())),
  'a subject': (seen, source) => {
    const subject = new Subject<number>();
    subject.subscribe(seen.observer());
    return source.subscribe(subject);
  },
  'an operator': (seen, source) => source.pipe(map((value) => value * 10)).subscribe(seen.observer()),
  'an operator that has enough': (seen, source) => source.pipe(take(1)).subscribe(seen.observer()),
  'an observer whose next throws': (seen, source) => source.subscribe(seen.observer({ next: fails })),
  'an observer whose error throws': (seen, source) => source.subscribe(seen.observer({ error: fails })),
  'an observer whose complete throws': (seen, source) => source.subscribe(seen.observer({ complete: fails })),
};

describe('CallObservable', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => {
    jest.useRealTimers();
    config.onUnhandledError = null;
  });

  /** The events of a subscription, and those of what goes on at its end, and in later turns. */
  function run(subscribe: (seen: Seen) => Subscription | undefined): unknown[] {
    const seen = new Seen();
    config.onUnhandledError = (error) => void seen.events.push(`unhandled ${String(error)}`);
    const subscription = subscribe(seen);
    seen.events.push(`closed ${subscription?.closed}`);
    jest.runAllTimers();
    subscription?.add(() => void seen.events.push('torn down'));
    subscription?.unsubscribe();
    subscription?.unsubscribe();
    seen.events.push(`closed ${subscription?.closed}`);
    return seen.events;
  }

  for (const [way, subscribe] of Object.entries(ways)) {
    for (const [name, script] of Object.entries(scripts)) {
      it(`is to ${way} what any Observable is: ${name}`, () => {
        const usual = run((seen) => subscribe(seen, seen.usual(script)));
        const ours = run((seen) => subscribe(seen, seen.ours(script)));
        expect(ours).toEqual(usual);
      });
    }
  }

  it('throws what nobody handles, in a turn of its own', () => {
    new Seen().ours(scripts['a failure after an item']!).subscribe({});
    expect(() => jest.runAllTimers()).toThrow('of the call');
  });

  it('calls the methods of an observer as such', () => {
    class Sum {
      total = 0;
      next(value: number): void {
        this.total += value;
      }
    }
    const sum = new Sum();
    new Seen().ours(scripts['a stream that goes on']!).subscribe(sum);
    expect(sum.total).toBe(6);
  });

  it('cancels a call of which an observer has enough while it begins', () => {
    const seen = new Seen();
    let reply!: ReplySubscriber;
    const calls = callsBy<number>((subscriber) => {
      reply = subscriber;
      return { cancel: () => void seen.events.push('cancelled') };
    });
    const subscription = calls.subscribe({
      next: (value) => {
        seen.events.push(value);
        subscription.unsubscribe();
      },
    });
    reply.next(1);
    reply.next(2);
    expect(seen.events).toEqual([1, 'cancelled']);
  });

  it('tears down what was added, also when to cancel fails', () => {
    const seen = new Seen();
    const cancel = (): never => {
      seen.events.push('cancelled');
      throw new Error('of a request stream');
    };
    const subscription = callsBy<number>(() => ({ cancel })).subscribe(seen.observer());
    subscription.add(() => void seen.events.push('torn down'));
    expect(() => subscription.unsubscribe()).toThrow('of a request stream');
    subscription.unsubscribe();
    expect(subscription.closed).toBe(true);
    expect(seen.events).toEqual(['cancelled', 'torn down']);
  });

  it('is unsubscribed once, also when to cancel unsubscribes', () => {
    const seen = new Seen();
    let reply!: ReplySubscriber;
    const subscription: Subscription = callsBy<number>((subscriber) => {
      reply = subscriber;
      return {
        cancel: () => {
          seen.events.push('cancelled');
          // Nobody hears of it any more.
          reply.next(1);
          subscription.unsubscribe();
        },
      };
    }).subscribe(seen.observer());
    subscription.add(() => void seen.events.push('torn down'));
    subscription.unsubscribe();
    expect(seen.events).toEqual(['cancelled', 'torn down']);
  });

  it('lets go of its observer and of the call when it is closed', async () => {
    const left = new Set(['observer', 'call']);
    const registry = new FinalizationRegistry((name: string) => left.delete(name));
    const closed = ((): Subscription => {
      const observer = { next: () => undefined };
      const call = { cancel: () => undefined };
      registry.register(observer, 'observer');
      registry.register(call, 'call');
      return callsBy(() => call).subscribe(observer);
    })();
    closed.unsubscribe();
    jest.useRealTimers();
    await eventually(() => {
      collectGarbage();
      return left.size === 0;
    });
    expect(closed.closed).toBe(true);
  });

  it('makes a call for each subscription', async () => {
    let calls = 0;
    const source = callsBy<number>((subscriber, ...asked) => {
      expect(asked).toEqual(['pattern', 'data']);
      subscriber.next(++calls);
      subscriber.complete();
      return { cancel: () => undefined };
    });
    expect(await firstValueFrom(source)).toBe(1);
    expect(await firstValueFrom(source.pipe(toArray()))).toEqual([2]);
    source.subscribe({});
    expect(calls).toBe(3);
  });

  it('leaves it to RxJS to treat an observer as it did long ago', () => {
    const seen = new Seen();
    config.useDeprecatedNextContext = true;
    try {
      const subscription = seen.ours(scripts['a stream that goes on']!).subscribe({
        next(this: { unsubscribe(): void }, value: number) {
          seen.events.push(value);
          this.unsubscribe();
        },
      } as Observer<number>);
      expect(subscription).not.toBeInstanceOf(CallSubscriber);
    } finally {
      config.useDeprecatedNextContext = false;
    }
    expect(seen.events).toEqual([1, 'cancelled']);
  });
});

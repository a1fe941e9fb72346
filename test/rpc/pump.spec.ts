import { describe, expect, it } from '@jest/globals';

import { isPullable, type OutgoingStream, type Pullable, Pump } from '../../lib/rpc/index.js';

/** A stream with room for as many items as the test gives it. */
class FakeStream implements OutgoingStream {
  isOpen = true;
  readonly items: unknown[] = [];
  readonly ends: unknown[] = [];
  turns = 0;
  private wake: (() => void) | undefined;

  constructor(private room = Infinity) {}

  get hasRoom(): boolean {
    return this.items.length < this.room;
  }

  roomAgain(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  turn(): Promise<void> {
    this.turns++;
    return Promise.resolve();
  }

  next(body: unknown): void {
    if (this.isOpen) this.items.push(body);
  }

  end(): void {
    this.ends.push('end');
  }

  fail(error: unknown): void {
    this.ends.push(error);
  }

  giveRoom(items: number): void {
    this.room = this.items.length + items;
    this.wake?.();
  }

  /** What happens to the stream of a call that is over. */
  close(): void {
    this.isOpen = false;
    this.wake?.();
  }
}

/** @param unseen takes the failures that nobody else is told of. */
function pumpOf(source: Pullable, stream: OutgoingStream, unseen: unknown[] = []): Pump {
  return new Pump(source, stream, (error) => unseen.push(error));
}

/** An iterator that tells what is done to it, and makes an item when the test says so. */
function watched(): { source: AsyncIterable<unknown>; log: string[]; make: (item: unknown) => void } {
  const log: string[] = [];
  let make: (result: IteratorResult<unknown>) => void = () => undefined;
  const iterator: AsyncIterator<unknown> = {
    next() {
      log.push('next');
      return new Promise((resolve) => (make = resolve));
    },
    return() {
      log.push('return');
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { source: { [Symbol.asyncIterator]: () => iterator }, log, make: (value) => make({ done: false, value }) };
}

/** Lets promises that are settled go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Pump', () => {
  it.each([
    [
      'a generator',
      function* () {
        yield* [1, 2, 3];
      },
    ],
    [
      'a generator of promises',
      function* () {
        for (const n of [1, 2, 3]) yield Promise.resolve(n);
      },
    ],
    [
      'an async generator',
      async function* () {
        for (const n of [1, 2, 3]) yield Promise.resolve(n);
      },
    ],
  ])('moves all items of %s, and the end', async (_, make) => {
    const stream = new FakeStream();
    await pumpOf(make(), stream).run();
    expect(stream.items).toEqual([1, 2, 3]);
    expect(stream.ends).toEqual(['end']);
  });

  it('asks for an item only when there is room for it', async () => {
    const stream = new FakeStream(0);
    const pulled: number[] = [];
    function* numbers(): Generator<number> {
      for (let i = 1; ; i++) {
        pulled.push(i);
        yield i;
      }
    }
    void pumpOf(numbers(), stream).run();
    await settle();
    expect(pulled).toEqual([]);
    stream.giveRoom(2);
    await settle();
    expect(pulled).toEqual([1, 2]);
    stream.giveRoom(1);
    await settle();
    expect(pulled).toEqual([1, 2, 3]);
    stream.close();
  });

  it('gives up its source when the stream closes while it waits for room', async () => {
    const stream = new FakeStream(1);
    let finallyRan = 0;
    function* endless(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        finallyRan++;
      }
    }
    const run = pumpOf(endless(), stream).run();
    await settle();
    stream.close();
    await run;
    expect(finallyRan).toBe(1);
    expect(stream.ends).toEqual([]);
  });

  it('returns its source once, even while an item is awaited, and drops that item', async () => {
    const stream = new FakeStream();
    const { source, log, make } = watched();
    const pump = pumpOf(source, stream);
    const run = pump.run();
    await settle();
    stream.close();
    pump.stop();
    expect(log).toEqual(['next', 'return']);
    make('too late');
    await run;
    pump.stop();
    expect(log).toEqual(['next', 'return']);
    expect(stream.items).toEqual([]);
    expect(stream.ends).toEqual([]);
  });

  it('asks nothing of a source that it has returned', async () => {
    const stream = new FakeStream();
    const { source, log } = watched();
    const pump = pumpOf(source, stream);
    void pump.run();
    // At once: before the first item was asked for.
    stream.close();
    pump.stop();
    await settle();
    expect(log).toEqual(['return']);
  });

  it('does not return a source that has ended by itself', async () => {
    const stream = new FakeStream();
    let returned = 0;
    const iterator = {
      next: () => ({ done: true as const, value: 1 }),
      return: () => (returned++, { done: true as const, value: 1 }),
    };
    const pump = pumpOf({ [Symbol.iterator]: () => iterator }, stream);
    await pump.run();
    pump.stop();
    expect(returned).toBe(0);
    expect(stream.items).toEqual([]);
  });

  const failure = new Error('source');
  const thrower = (): never => {
    throw failure;
  };

  it.each<[string, Iterable<unknown> | AsyncIterable<unknown>]>([
    ['its iterator cannot be made', { [Symbol.iterator]: thrower }],
    ['next() throws', { [Symbol.iterator]: () => ({ next: thrower }) }],
    ['next() rejects', { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }) }],
    [
      'a generator throws',
      (function* () {
        yield thrower();
      })(),
    ],
    [
      'a promise that it yields rejects',
      (function* () {
        yield Promise.reject(failure);
      })(),
    ],
  ])('fails the stream when %s', async (_, source) => {
    const stream = new FakeStream();
    await pumpOf(source, stream).run();
    expect(stream.ends).toEqual([failure]);
  });

  it('lets a generator clean up when a promise that it yields rejects', async () => {
    let finallyRan = false;
    function* rejecting(): Generator<Promise<never>> {
      try {
        yield Promise.reject(failure);
      } finally {
        finallyRan = true;
      }
    }
    await pumpOf(rejecting(), new FakeStream()).run();
    expect(finallyRan).toBe(true);
  });

  it('fails the stream with what a promise rejects with, whatever the clean-up of its generator throws', async () => {
    const stream = new FakeStream();
    const unseen: unknown[] = [];
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: Promise.reject(failure) }),
        return: (): never => {
          throw new Error('clean-up');
        },
      }),
    };
    await pumpOf(source, stream, unseen).run();
    expect([stream.ends, unseen]).toEqual([[failure], [new Error('clean-up')]]);
  });

  it.each<[string, () => unknown]>([
    ['throws', thrower],
    ['rejects', () => Promise.reject(failure)],
  ])('tells apart from the stream that return() %s: the call has nobody left to be told', async (_, giveUp) => {
    const stream = new FakeStream();
    const unseen: unknown[] = [];
    const { source, make } = watched();
    const iterator = source[Symbol.asyncIterator]();
    iterator.return = giveUp as () => Promise<IteratorResult<unknown>>;
    const pump = pumpOf({ [Symbol.asyncIterator]: () => iterator }, stream, unseen);
    const run = pump.run();
    await settle();
    stream.close();
    pump.stop();
    make(1);
    await run;
    await settle();
    await pump.closed;
    expect(stream.ends).toEqual([]);
    expect(unseen).toEqual([failure]);
  });

  it('is stopped by its own source, in the middle of an item', async () => {
    const stream = new FakeStream();
    const log: unknown[] = [];
    function* stopping(): Generator<number> {
      try {
        stream.close();
        pump.stop();
        yield 1;
      } finally {
        log.push('finally');
      }
    }
    const pump: Pump = pumpOf(stopping(), stream);
    await pump.run();
    expect(stream.items).toEqual([]);
    expect(stream.ends).toEqual([]);
  });

  it('lets others have their turn after every 64 items', async () => {
    const stream = new FakeStream();
    await pumpOf(Array.from({ length: 200 }, (_, i) => i).values(), stream).run();
    expect(stream.items).toHaveLength(200);
    expect(stream.turns).toBe(3);
  });

  it('leaves the stream open where more is to follow', async () => {
    const stream = new FakeStream();
    expect(await pumpOf([1].values(), stream).runItems()).toBe(true);
    expect(stream.ends).toEqual([]);
    stream.close();
    expect(await pumpOf([1].values(), stream).runItems()).toBe(false);
  });
});

describe('isPullable', () => {
  it.each<[unknown, boolean]>([
    [
      (function* () {
        yield 1;
      })(),
      true,
    ],
    [
      (async function* () {
        yield await Promise.resolve(1);
      })(),
      true,
    ],
    [[1].values(), true],
    [{ [Symbol.asyncIterator]: () => undefined }, true],
    [[1], false],
    [new Map(), false],
    [Buffer.alloc(1), false],
    ['text', false],
    [{ next: () => undefined }, false],
    [null, false],
    [undefined, false],
    [() => undefined, false],
  ])('of %p', (value, expected) => {
    expect(isPullable(value)).toBe(expected);
  });
});

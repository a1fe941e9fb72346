import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ResourceExhaustedError } from '../../lib/errors/index.js';
import { IncomingStream, type ItemObserver } from '../../lib/rpc/index.js';

const LIMIT = 100;

function recorded(): ItemObserver & { seen: unknown[] } {
  const seen: unknown[] = [];
  return {
    seen,
    next: (item) => seen.push(item),
    end: () => seen.push('end'),
    fail: (error) => seen.push(error),
  };
}

describe('IncomingStream', () => {
  it('hands over the same items in the same order, whenever the observer comes', () => {
    const events = fc.array(fc.oneof(fc.integer(), fc.constantFrom('end' as const, 'fail' as const)), { maxLength: 8 });
    fc.assert(
      fc.property(events, fc.nat(8), (all, attachAt) => {
        const stream = new IncomingStream(LIMIT);
        const observer = recorded();
        all.forEach((event, index) => {
          if (index === attachAt) stream.attach(observer);
          if (event === 'end') stream.end();
          else if (event === 'fail') stream.fail('failed');
          else stream.next(event, 1);
        });
        stream.attach(observer);
        const over = all.findIndex((event) => typeof event === 'string');
        const expected =
          over === -1 ? all : all.slice(0, over + 1).map((event) => (event === 'fail' ? 'failed' : event));
        expect(observer.seen).toEqual(expected);
      }),
    );
  });

  it('keeps up to its limit in bytes for an observer, and throws beyond it', () => {
    const stream = new IncomingStream(LIMIT);
    stream.next('a', LIMIT - 1);
    stream.next('b', 1);
    expect(() => stream.next('c', 1)).toThrow(ResourceExhaustedError);
    const observer = recorded();
    stream.attach(observer);
    expect(observer.seen).toEqual(['a', 'b']);
  });

  it('counts only what waits', () => {
    const stream = new IncomingStream(LIMIT);
    const observer = recorded();
    stream.attach(observer);
    for (let i = 0; i < 10; i++) stream.next(i, LIMIT);
    expect(observer.seen).toHaveLength(10);
  });

  it('takes one observer', () => {
    const stream = new IncomingStream(LIMIT);
    const [first, second] = [recorded(), recorded()];
    stream.attach(first);
    stream.attach(second);
    stream.next(1, 1);
    stream.end();
    expect(first.seen).toEqual([1, 'end']);
    expect(second.seen).toEqual([]);
  });

  it('hands over nothing more once an item has made it fail', () => {
    const stream = new IncomingStream(LIMIT);
    stream.next(1, 1);
    stream.next(2, 1);
    const observer = recorded();
    stream.attach({
      ...observer,
      next: (item) => {
        observer.next(item);
        stream.fail('failed');
      },
    });
    expect(observer.seen).toEqual([1, 'failed']);
  });
});

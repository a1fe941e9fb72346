import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { SendQueues } from '../../lib/connection/index.js';
import { ResourceExhaustedError } from '../../lib/errors/index.js';

class Queue {
  cause: Error | undefined;

  destroy(cause: Error): void {
    this.cause = cause;
  }
}

describe('SendQueues', () => {
  it('cut the longest, whoever had one byte too many', () => {
    const queues = new SendQueues(100);
    const [long, middle, short] = [new Queue(), new Queue(), new Queue()];
    queues.set(middle, 40);
    queues.set(long, 50);
    queues.set(short, 10);
    expect(long.cause).toBeUndefined();
    queues.set(short, 11);
    expect(long.cause).toBeInstanceOf(ResourceExhaustedError);
    expect([middle.cause, short.cause]).toEqual([undefined, undefined]);
    queues.set(short, 60);
    expect([middle.cause, short.cause]).toEqual([undefined, undefined]);
    queues.set(middle, 41);
    expect(short.cause).toBeInstanceOf(ResourceExhaustedError);
  });

  it('count what waits now, however often it is said', () => {
    const queues = new SendQueues(100);
    const queue = new Queue();
    for (let i = 0; i < 10; i++) queues.set(queue, 60);
    queues.set(queue, 0);
    queues.set(queue, 0);
    queues.set(new Queue(), 100);
    expect(queue.cause).toBeUndefined();
  });

  it('cut one that is too long by itself', () => {
    const queue = new Queue();
    new SendQueues(100).set(queue, 101);
    expect(queue.cause).toBeDefined();
  });

  it('hold no more than the limit, and cut nobody as long as they do not', () => {
    const step = fc.record({ of: fc.nat(9), bytes: fc.nat(60) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queues = new SendQueues(100);
        const held = new Map<Queue, number>();
        const all = Array.from({ length: 10 }, () => new Queue());
        for (const { bytes, of } of steps) {
          const queue = all[of]!;
          if (queue.cause) continue;
          const wasCut = all.filter(({ cause }) => cause).length;
          held.set(queue, bytes);
          const before = [...held.values()].reduce((sum, each) => sum + each, 0);
          queues.set(queue, bytes);
          for (const each of all) if (each.cause) held.delete(each);
          expect(all.filter(({ cause }) => cause).length > wasCut).toBe(before > 100);
          expect([...held.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it('have no end with a limit of 0', () => {
    const queue = new Queue();
    new SendQueues(0).set(queue, 1e12);
    expect(queue.cause).toBeUndefined();
  });
});

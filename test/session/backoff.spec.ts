import { describe, expect, it } from '@jest/globals';

import { Backoff, defaultBackoff } from '../../lib/session/backoff.js';
import { Random } from '../../lib/testing/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { reached } from '../support/promises.js';

function drawnFrom(seed: number): () => number {
  const random = new Random(seed);
  return () => random.next();
}

/** The delays after `count` failures in a row. */
function delays(count: number, random: () => number): number[] {
  const clock = new FakeClock();
  const backoff = new Backoff(defaultBackoff, clock, random);
  return Array.from({ length: count }, () => {
    backoff.failed();
    const { remaining } = backoff;
    clock.advance(remaining);
    return remaining;
  });
}

/** When each of `count` clients is back, in ms after the end of an outage of `outage` ms; and all its attempts. */
function returnsAfter(outage: number, count: number, seed: number): { attempts: number[]; returns: number[] } {
  const random = drawnFrom(seed);
  const attempts: number[] = [];
  const returns = Array.from({ length: count }, () => {
    const clock = new FakeClock();
    const began = clock.now();
    const backoff = new Backoff(defaultBackoff, clock, random);
    for (;;) {
      const now = clock.now() - began;
      attempts.push(now);
      if (now >= outage) return now - outage;
      backoff.failed();
      clock.advance(backoff.remaining);
    }
  });
  return { attempts, returns };
}

/** How many of `times` (ms) lie in the fullest second. */
function fullestSecond(times: number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while (sorted[last]! - sorted[first]! >= 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe('Backoff', () => {
  it('waits up to 100 ms, then up to 1.6 times as long, never over 30 s', () => {
    const limits = delays(16, () => 1).map(Math.round);
    expect(limits.slice(0, 4)).toEqual([100, 160, 256, 410]);
    expect(limits.slice(12)).toEqual([28_147, 30_000, 30_000, 30_000]);
  });

  it('keeps to a maxDelay below the first delay, also after a success', () => {
    const backoff = new Backoff({ initialDelay: 100, maxDelay: 50 }, new FakeClock(), () => 1);
    backoff.failed();
    expect(backoff.remaining).toBe(50);
    backoff.succeeded();
    backoff.failed();
    expect(backoff.remaining).toBe(50);
  });

  it('draws each delay anew, from 0 up', () => {
    expect(delays(20, () => 0)).toEqual(Array(20).fill(0));
    const drawn = delays(2_000, drawnFrom(1)).slice(20);
    expect(Math.min(...drawn)).toBeLessThan(300);
    expect(Math.max(...drawn)).toBeGreaterThan(29_700);
  });

  it('begins anew after a success', () => {
    const clock = new FakeClock();
    const backoff = new Backoff(defaultBackoff, clock, () => 1);
    for (let i = 0; i < 9; i++) backoff.failed();
    backoff.succeeded();
    expect(backoff.remaining).toBe(0);
    backoff.failed();
    expect(backoff.remaining).toBe(100);
  });

  it.each([1, 2, 3, 4, 5])('of 1,000 clients no second gets over 10 %% after an outage (seed %d)', (seed) => {
    const { attempts, returns } = returnsAfter(300_000, 1_000, seed);
    reached('stampede.second', (fullestSecond(returns) / returns.length) * 100, { seed });
    reached('stampede.delay', Math.max(...returns) / 1_000, { seed });
    expect(fullestSecond(returns)).toBeLessThanOrEqual(100);
    expect(Math.max(...returns)).toBeLessThanOrEqual(30_000);
    // Nor do they knock more often meanwhile, once their delays have grown.
    expect(fullestSecond(attempts.filter((at) => at > 120_000))).toBeLessThanOrEqual(100);
  });
});

import { describe, expect, it } from '@jest/globals';

import { CancelBudget } from '../../lib/rpc/cancel-budget.js';
import { FakeClock } from '../support/fake-clock.js';

/** How often `budget` can be spent from now on, up to a thousand. */
function left(budget: CancelBudget): number {
  let count = 0;
  while (count < 1_000 && budget.spend()) count++;
  return count;
}

describe('CancelBudget', () => {
  it('is spent by a burst', () => {
    expect(left(new CancelBudget(10, 5, new FakeClock()))).toBe(10);
  });

  it('comes back with time, and never grows above the burst', () => {
    const clock = new FakeClock();
    const budget = new CancelBudget(10, 5, clock);
    left(budget);
    clock.advance(199);
    expect(left(budget)).toBe(0);
    clock.advance(1);
    expect(left(budget)).toBe(1);
    clock.advance(60_000);
    expect(left(budget)).toBe(10);
  });

  it('is met by nobody who cancels no faster than it comes back', () => {
    const clock = new FakeClock();
    const budget = new CancelBudget(10, 1_000, clock);
    for (let i = 0; i < 10_000; i++) {
      expect(budget.spend()).toBe(true);
      clock.advance(1);
    }
  });

  it('comes back with each call that is let come to its end', () => {
    const budget = new CancelBudget(10, 0, new FakeClock());
    for (let i = 0; i < 100; i++) budget.giveBack();
    expect(left(budget)).toBe(10);
    for (let i = 0; i < 100; i++) {
      budget.giveBack();
      expect(left(budget)).toBe(1);
    }
  });

  it('has no end with a burst of 0', () => {
    expect(left(new CancelBudget(0, 0, new FakeClock()))).toBe(1_000);
  });
});

import { describe, expect, it } from '@jest/globals';

import { RetryBudget } from '../../lib/session/retries.js';

/** How many retries can be had at once after `calls` calls. */
function spendAll(budget: RetryBudget, calls: number): number {
  let spent = 0;
  while (budget.spend(calls)) spent++;
  return spent;
}

describe('RetryBudget', () => {
  it('has 100 to begin with, and then one for every five calls', () => {
    const budget = new RetryBudget(0.2);
    expect(spendAll(budget, 0)).toBe(100);
    expect(spendAll(budget, 4)).toBe(0);
    expect(spendAll(budget, 5)).toBe(1);
    expect(spendAll(budget, 105)).toBe(20);
  });

  it('saves up 10,000 at most', () => {
    expect(spendAll(new RetryBudget(0.2), 1_000_000)).toBe(10_000);
  });

  it('has none but the first with a ratio of 0', () => {
    const budget = new RetryBudget(0);
    expect([spendAll(budget, 1_000), spendAll(budget, 2_000)]).toEqual([100, 0]);
  });
});

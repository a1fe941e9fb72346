import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Trial } from '../../../lib/contract/json/trial.js';

/** How many go the long way until the next try. */
function pauseOf(trial: Trial): number {
  for (let pause = 0; ; pause++) if (trial.isDue()) return pause;
}

describe('Trial', () => {
  it('is due at first, and for as long as it succeeds', () => {
    const trial = new Trial();
    for (let round = 0; round < 10; round++) {
      expect(trial.isDue()).toBe(true);
      trial.ended(true);
    }
  });

  it('is due ever more seldom while it fails, and never given up', () => {
    const trial = new Trial();
    const pauses = Array.from({ length: 12 }, () => {
      const pause = pauseOf(trial);
      trial.ended(false);
      return pause;
    });
    expect(pauses).toEqual([0, 2, 6, 14, 30, 62, 126, 250, 250, 250, 250, 250]);
  });

  /** How many of 10,000 got through, of those that could. */
  function throughOf(couldGetThrough: (index: number) => boolean): number {
    const trial = new Trial();
    let through = 0;
    let all = 0;
    for (let index = 0; index < 10_000; index++) {
      const succeeds = couldGetThrough(index);
      if (succeeds) all++;
      if (!trial.isDue()) continue;
      if (succeeds) through++;
      trial.ended(succeeds);
    }
    return through / all;
  }

  it.each([2, 3, 4, 5, 8, 16])('is due for nearly all, where one of %i fails', (period) => {
    expect(throughOf((index) => index % period !== 0)).toBeGreaterThan(0.95);
  });

  it.each([4, 8, 16])('is due now and then, where one of %i succeeds', (period) => {
    const through = throughOf((index) => index % period === 1);
    expect(through).toBeGreaterThan(0);
    expect(through).toBeLessThan(0.5);
  });

  it('is due at once after a success, for as long as that makes up for failures, and begins with short pauses again', () => {
    fc.assert(
      fc.property(fc.nat(20), (failures) => {
        const trial = new Trial();
        for (let round = 0; round < failures; round++) {
          pauseOf(trial);
          trial.ended(false);
        }
        pauseOf(trial);
        trial.ended(true);
        const pauses = Array.from({ length: 4 }, () => {
          trial.ended(false);
          return pauseOf(trial);
        });
        expect(pauses).toEqual([0, 0, 2, 6]);
      }),
    );
  });

  it('stays due until its end is told', () => {
    const trial = new Trial();
    expect([trial.isDue(), trial.isDue()]).toEqual([true, true]);
    trial.ended(false);
    expect([trial.isDue(), trial.isDue(), trial.isDue()]).toEqual([false, false, true]);
  });
});

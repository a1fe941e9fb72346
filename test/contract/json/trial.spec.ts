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
    expect(pauses).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 255, 255, 255]);
  });

  it('is due at once after a success, and begins with short pauses again', () => {
    fc.assert(
      fc.property(fc.nat(20), (failures) => {
        const trial = new Trial();
        for (let round = 0; round < failures; round++) {
          pauseOf(trial);
          trial.ended(false);
        }
        pauseOf(trial);
        trial.ended(true);
        expect(pauseOf(trial)).toBe(0);
        trial.ended(false);
        expect(pauseOf(trial)).toBe(1);
      }),
    );
  });

  it('stays due until its end is told', () => {
    const trial = new Trial();
    expect([trial.isDue(), trial.isDue()]).toEqual([true, true]);
    trial.ended(false);
    expect([trial.isDue(), trial.isDue(), trial.isDue()]).toEqual([false, true, true]);
  });
});

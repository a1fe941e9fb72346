import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { asked, reached } from '../support/promises.js';
import { World } from './world.js';

const { RELIABILITY, SEED, SEEDS = RELIABILITY ? String(asked('simulation')) : '200' } = process.env;
const LIMIT = 60_000 + Number(SEEDS) * 200;

/** Seeds beyond the first few that have failed once. */
const FAILED_ONCE = [27_710];

/** Runs the world of one seed. */
async function run(seed: number): Promise<{ problems: string[]; calls: number; completed: number; rerun: number }> {
  const world = new World(seed);
  await world.run();
  const completed = world.calls.filter(({ reply }) => reply.isCompleted).length;
  return { problems: world.problems, calls: world.calls.length, completed, rerun: world.rerun };
}

describe('the simulation', () => {
  if (SEED !== undefined) {
    it(`of seed ${SEED}`, async () => {
      expect((await run(Number(SEED))).problems).toEqual([]);
    });
    return;
  }

  const { stackTraceLimit } = Error;
  // Most of what goes wrong here is meant to, and to write down where takes as long as much else.
  beforeEach(() => void (Error.stackTraceLimit = 0));
  afterEach(() => void (Error.stackTraceLimit = stackTraceLimit));

  it.each(FAILED_ONCE)('of seed %i, which has failed once', async (seed) => {
    expect((await run(seed)).problems).toEqual([]);
  });

  it(
    `of ${SEEDS} seeds`,
    async () => {
      let [calls, completed, rerun, sound] = [0, 0, 0, 0];
      for (let seed = 1; seed <= Number(SEEDS); seed++) {
        const world = await run(seed);
        // To see more of it: SEED=... npm test -- test/simulation
        expect([seed, ...world.problems]).toEqual([seed]);
        calls += world.calls;
        completed += world.completed;
        rerun += world.rerun;
        sound++;
      }
      reached('simulation', sound);
      // Were most of them to fail, all that is asserted of those that complete would say little.
      expect(completed).toBeGreaterThan(calls / 4);
      // And were none to run again, nor would what is asserted of those that may not.
      if (sound >= 100) expect(rerun).toBeGreaterThan(0);
    },
    LIMIT,
  );
});

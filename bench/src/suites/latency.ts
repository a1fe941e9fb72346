import { measureFixedRates } from '../measure/fixed-rates.js';
import { Lineup } from '../measure/lineup.js';
import { searchRate } from '../measure/rate-search.js';
import { measureWindow } from '../measure/window.js';
import { fixedRatesTable, openLoopTable } from '../report/latency-tables.js';
import { short, thousands } from '../numbers.js';
import type { Suite } from './suite.js';

/** Enough to keep both sides busy, so that the rate is the most that there can be. */
const IN_FLIGHT = 256;

export const latency: Suite = {
  name: 'latency',
  about: 'how long a call takes at fixed rates, and the highest rate that is served in time',

  async measure(run) {
    const { plan, results } = run;
    const work = { kind: 'closed', inFlight: IN_FLIGHT, payload: plan.payload } as const;
    await Lineup.of(
      run,
      this.name,
      run.contenders('openLoop'),
      () => [work],
      (lineup) =>
        lineup.each(async (pair) => {
          const { entry } = pair;
          await pair.start(work);
          const { repliesPerSecond: most } = await measureWindow(pair, plan.seconds);
          await pair.stop();
          const rates = await measureFixedRates(pair, most, plan);
          results.fixedRates.set(entry, rates);
          for (const { rate, typical } of rates) {
            const [p50, p99, p999] = [typical.p50, typical.p99, typical.p999].map((each) => short(each / 1_000));
            run.say(
              `${entry.name.padEnd(15)} ${thousands(rate).padStart(9)}/s  p50 ${p50}  p99 ${p99}  p99.9 ${p999} ms`,
            );
          }
          if (plan.search && !run.stopped) {
            const found = await searchRate(pair, Math.round(most / 2), plan);
            results.openLoops.set(entry, found);
            run.say(`${entry.name.padEnd(15)} ${thousands(found.highestRate).padStart(9)}/s is the most in time`);
          }
          await pair.stop();
        }),
    );
  },

  report({ plan, results }) {
    return [
      ...plan.rates.map((rate) => fixedRatesTable(results, rate)),
      ...(plan.search ? [openLoopTable(results, plan.latencyLimit)] : []),
    ];
  },
};

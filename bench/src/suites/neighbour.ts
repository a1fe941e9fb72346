import { Lineup } from '../measure/lineup.js';
import { measureNeighbour } from '../measure/neighbour.js';
import { neighbourTable } from '../report/latency-tables.js';
import { short } from '../numbers.js';
import type { Suite } from './suite.js';

export const neighbour: Suite = {
  name: 'neighbour',
  about: 'how long a call takes while another connection has 10,000 in flight',

  async measure(run) {
    const { payload } = run.plan;
    await Lineup.of(
      run,
      this.name,
      run.contenders('connections'),
      () => [{ kind: 'closed', inFlight: 256, payload }],
      (lineup) =>
        lineup.each(async (pair) => {
          const measured = await measureNeighbour(pair, run.plan);
          run.results.neighbours.set(pair.entry, measured);
          const { alone, beside } = measured;
          run.say(
            `${pair.entry.name.padEnd(15)} p99 ${short(alone.p99 / 1_000)} ms alone, ${short(beside.p99 / 1_000)} beside`,
          );
        }),
    );
  },

  report: ({ results }) => [neighbourTable(results)],
};

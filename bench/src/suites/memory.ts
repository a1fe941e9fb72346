import { callShare, connectionShare, type Footprint } from '../measure/footprint.js';
import { Lineup } from '../measure/lineup.js';
import { openFiles } from '../processes/open-files.js';
import { footprintTable } from '../report/footprint-table.js';
import type { Suite } from './suite.js';

/** Enough that what is not of a connection, or of a call, vanishes. */
const COUNT = 10_000;

export const memory: Suite = {
  name: 'memory',
  about: 'what memory an idle connection takes, and a call in flight',

  async measure(run) {
    const { payload } = run.plan;
    await Lineup.of(
      run,
      this.name,
      run.contenders().filter(({ offers }) => offers.includes('connections') || offers.includes('held')),
      () => [{ kind: 'closed', inFlight: 64, payload }],
      (lineup) =>
        lineup.each(async (pair) => {
          const { entry } = pair;
          const count = Math.min(COUNT, openFiles.sockets);
          const { offers } = entry;
          const footprint: Footprint = {
            // First: what connections leave behind is freed later, and would count.
            perCall: offers.includes('held') ? await callShare(pair, COUNT, payload) : undefined,
            perConnection: offers.includes('connections') ? await connectionShare(pair, count) : undefined,
          };
          run.results.footprints.set(entry, footprint);
          run.say(`${entry.name}: measured`);
        }),
    );
  },

  report: ({ results }) => [
    footprintTable(results, 'bytes per idle connection', ({ perConnection }) => perConnection),
    footprintTable(results, 'bytes per call in flight', ({ perCall }) => perCall),
  ],
};

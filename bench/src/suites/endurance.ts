import { entryOf } from '../contenders/catalogue.js';
import { endure } from '../measure/endurance.js';
import { Lineup } from '../measure/lineup.js';
import { enduranceTable } from '../report/endurance-table.js';
import { mebibytes, thousands } from '../numbers.js';
import type { Suite } from './suite.js';

const IN_FLIGHT = 256;

export const endurance: Suite = {
  name: 'endurance',
  about: 'whether memory stays flat over --minutes of calls; one contender after another, json by default',

  async measure(run) {
    const { minutes, only = [entryOf('json')], payload } = run.plan;
    const work = { kind: 'closed', inFlight: IN_FLIGHT, payload } as const;
    await Lineup.of(
      run,
      this.name,
      only,
      () => [work],
      (lineup) =>
        lineup.each(async (pair) => {
          const { entry } = pair;
          await pair.start(work);
          const endured = await endure(
            pair,
            minutes,
            () => !run.stopped,
            ({ client, minute, replies, server }) => {
              const [serverHeap, clientHeap] = [server.heap, client.heap].map((each) => (each / 2 ** 20).toFixed(2));
              run.say(
                `${entry.name} after ${minute.toFixed(1)} min: ${thousands(replies)} calls, server ${serverHeap} MiB of ` +
                  `${mebibytes(server.resident)}, client ${clientHeap} MiB of ${mebibytes(client.resident)}`,
              );
            },
          );
          await pair.stop();
          // What was cut short says nothing.
          if (run.stopped) return;
          run.results.endurances.set(entry, endured);
          if (!endured.flat) throw new Error('Memory grows');
        }),
    );
  },

  report: ({ results }) => [enduranceTable(results)],
};

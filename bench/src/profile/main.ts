// Where the time of a call goes, on both sides of a contender.
import { parseArgs } from 'node:util';

import { entryOf } from '../contenders/catalogue.js';
import { measureWindow } from '../measure/window.js';
import { pause } from '../measure/within.js';
import { numberOf } from '../plan.js';
import { chooseCores } from '../processes/cores.js';
import type { Shares } from '../processes/orders.js';
import { Pair } from '../processes/pair.js';
import { table } from '../report/table.js';

const WARM_UP = 3;
const SECONDS = 4;

const { positionals: names, values } = parseArgs({
  allowPositionals: true,
  options: {
    'in-flight': { type: 'string' },
    payload: { type: 'string' },
  },
});
const work = {
  kind: 'closed',
  inFlight: numberOf('in-flight', values['in-flight'], 256),
  payload: numberOf('payload', values.payload, 32),
} as const;

for (const name of names.length > 0 ? names : ['json', 'protobuf']) {
  const pair = await Pair.of(entryOf(name), chooseCores());
  try {
    await pair.start(work);
    await pause(WARM_UP * 1_000);
    // Before it is watched, which costs something.
    const { clientCpu, serverCpu } = await measureWindow(pair, SECONDS);
    const [server, client] = await pair.profile(SECONDS);
    await pair.stop();
    const row = ([area, share]: Shares[number], cpu: number): string[] => [
      area,
      `${(100 * share).toFixed(1)} %`,
      (share * cpu).toFixed(2),
    ];
    console.log(
      `\n${table(
        [`${name}, server`, 'share', 'us'],
        server.map((each) => row(each, serverCpu)),
      )}`,
    );
    console.log(
      `\n${table(
        [`${name}, client`, 'share', 'us'],
        client.map((each) => row(each, clientCpu)),
      )}`,
    );
  } finally {
    pair.end();
  }
}

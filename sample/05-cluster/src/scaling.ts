import type { ClientProtosocket } from 'nestjs-protosocket';
import { setTimeout as sleep } from 'node:timers/promises';

import { Traffic } from './traffic.js';
import type { Workers } from './workers.js';

const LOADS = [
  { name: 'no work', below: 0, inFlight: 256 },
  { name: 'about 0.1 ms of work', below: 4_000, inFlight: 64 },
  { name: 'about 1 ms of work', below: 20_000, inFlight: 64 },
];
const COUNTS = [1, 2];
/** An odd number, for its median. Rounds take turns, so that what else the machine does hits all of them. */
const ROUNDS = 5;
/** In milliseconds. */
const WARM_UP = 500;
const WINDOW = 1_000;

/** Prints the calls a second with one worker and with two. */
export async function measureScaling(
  client: ClientProtosocket,
  workers: Workers,
  print: (line: string) => void,
): Promise<void> {
  const rates = new Map(LOADS.map(({ name }) => [name, COUNTS.map((): number[] => [])]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, count] of COUNTS.entries()) {
      // From none: the connections of before would lead to one worker only.
      await workers.scaleTo(0);
      await workers.scaleTo(count);
      await client.connect();
      for (const { below, inFlight, name } of LOADS) {
        rates.get(name)![index]!.push(await rateOf(new Traffic(client, inFlight, below)));
      }
    }
  }
  print(`${'calls/s'.padEnd(22)}${COUNTS.map((count) => `${count} worker(s)`.padStart(14)).join('')}         ratio`);
  for (const [name, each] of rates) {
    const [one, two] = each.map(median) as [number, number];
    const numbers = [one, two].map((rate) => Math.round(rate).toLocaleString('en').padStart(14)).join('');
    print(`${name.padEnd(22)}${numbers}${(two / one).toFixed(2).padStart(14)}`);
  }
}

async function rateOf(traffic: Traffic): Promise<number> {
  await sleep(WARM_UP);
  const [answered, started] = [traffic.answered, performance.now()];
  await sleep(WINDOW);
  const rate = ((traffic.answered - answered) * 1_000) / (performance.now() - started);
  await traffic.stop();
  return rate;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

import type { ClientProtosocket } from 'nestjs-protosocket';
import { setTimeout as sleep } from 'node:timers/promises';

import { Traffic } from './traffic.js';
import type { Workers } from './workers.js';

const LOADS = [
  { name: 'no work', below: 0, inFlight: 256 },
  { name: 'primes below 4,000', below: 4_000, inFlight: 64 },
  { name: 'primes below 20,000', below: 20_000, inFlight: 64 },
];
const COUNTS = [1, 2];
/** An odd number, for its median. Rounds take turns, so that what else the machine does hits all of them. */
const ROUNDS = 5;
/** In milliseconds. */
const WARM_UP = 500;
const WINDOW = 1_000;

interface Measured {
  /** Calls a second. */
  readonly rate: number;
  /** Calls for each second that a core was busy: what other programs take of the machine is left out. */
  readonly perWorkerCore: number;
  readonly perClientCore: number;
}

/** Prints the calls a second with one worker and with two. */
export async function measureScaling(
  client: ClientProtosocket,
  workers: Workers,
  print: (line: string) => void,
): Promise<void> {
  const results = new Map<string, Measured[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const count of COUNTS) {
      // From none: the connections of before would lead to one worker only.
      await workers.scaleTo(0);
      await workers.scaleTo(count);
      await client.connect();
      for (const { below, inFlight, name } of LOADS) {
        const measured = await measure(new Traffic(client, inFlight, below), workers);
        const row = rowOf(name, count);
        results.set(row, [...(results.get(row) ?? []), measured]);
      }
    }
  }
  print(`${''.padEnd(32)}     calls/s   per core of workers   per core of the client`);
  for (const { name } of LOADS) {
    for (const count of COUNTS) {
      const row = rowOf(name, count);
      const of = (number: keyof Measured): string => median(results.get(row)!.map((each) => each[number]));
      const numbers = [of('rate').padStart(12), of('perWorkerCore').padStart(22), of('perClientCore').padStart(25)];
      print(row.padEnd(32) + numbers.join(''));
    }
  }
}

const rowOf = (load: string, count: number): string => `${load}, ${count === 1 ? '1 worker' : `${count} workers`}`;

async function measure(traffic: Traffic, workers: Workers): Promise<Measured> {
  const now = async (): Promise<number[]> => {
    const { system, user } = process.cpuUsage();
    return [performance.now(), await workers.cpuTime(), (system + user) / 1_000, traffic.answered];
  };
  await sleep(WARM_UP);
  const before = await now();
  await sleep(WINDOW);
  const after = await now();
  await traffic.stop();
  const [time, ofWorkers, ofClient, answered] = after.map((value, index) => value - before[index]!);
  const per = (milliseconds: number): number => (answered! * 1_000) / milliseconds;
  return { rate: per(time!), perWorkerCore: per(ofWorkers!), perClientCore: per(ofClient!) };
}

function median(values: readonly number[]): string {
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  return Math.round(middle).toLocaleString('en');
}

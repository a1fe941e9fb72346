import type { Pair, PairSample } from '../processes/pair.js';
import type { Sample } from '../processes/sample.js';
import { type MachineSample, sampleMachine, shareOfOthers } from './machine.js';
import { pause } from './within.js';

/** What was measured between two moments. Times in microseconds, if not said otherwise. */
export interface Window {
  readonly seconds: number;
  readonly replies: number;
  readonly repliesPerSecond: number;
  /** CPU for each reply. */
  readonly serverCpu: number;
  readonly clientCpu: number;
  readonly brokerCpu: number;
  /** Which share of the machine others used; unknown where the system does not tell. */
  readonly others: number | undefined;
  readonly server: ProcessWindow;
  readonly client: ProcessWindow;
}

export interface ProcessWindow {
  /** Of one core. */
  readonly busy: number;
  readonly residentBytes: number;
  /** For each reply. */
  readonly pageFaults: number;
  readonly loopDelay: Sample['loopDelay'];
}

/** Fewer replies than this make no figure. */
const LEAST_REPLIES = 8;
/** How many times as long as was asked for a window is, until it has them. */
const MOST_EXTENSIONS = 20;

/** Measures a pair that is at work: for so long, or longer where replies are rare. */
export async function measureWindow(pair: Pair, seconds: number): Promise<Window> {
  const before = await moment(pair);
  for (let extension = 1; extension <= MOST_EXTENSIONS; extension++) {
    await pause(seconds * 1_000);
    const after = await moment(pair);
    if (after.client.replies - before.client.replies >= LEAST_REPLIES) return windowBetween(before, after);
  }
  throw new Error(`Fewer than ${LEAST_REPLIES} replies in ${seconds * MOST_EXTENSIONS} s`);
}

/** What all processes have used up to some moment. */
export interface Moment extends PairSample {
  readonly machine: MachineSample | undefined;
  readonly harnessCpu: number;
}

export async function moment(pair: Pick<Pair, 'sample'>): Promise<Moment> {
  const sample = await pair.sample();
  const { system, user } = process.cpuUsage();
  return { ...sample, machine: sampleMachine(), harnessCpu: user + system };
}

/** Which share of the machine others used. */
export function othersBetween(before: Moment, after: Moment): number | undefined {
  return shareOfOthers(before.machine, after.machine, cpuOfAll(after) - cpuOfAll(before));
}

const cpuOfAll = ({ brokerCpu, client, harnessCpu, server }: Moment): number =>
  server.cpu + client.cpu + brokerCpu + harnessCpu;

export function windowBetween(before: Moment, after: Moment): Window {
  const seconds = (after.client.at - before.client.at) / 1_000;
  const replies = after.client.replies - before.client.replies;
  const repliesPerSecond = replies / seconds;
  const server = processWindow(before.server, after.server, repliesPerSecond);
  const client = processWindow(before.client, after.client, repliesPerSecond);
  return {
    seconds,
    replies,
    repliesPerSecond,
    // By rates, since the two processes are not sampled at quite the same moments.
    serverCpu: (server.busy * 1e6) / repliesPerSecond,
    clientCpu: (client.busy * 1e6) / repliesPerSecond,
    brokerCpu: (after.brokerCpu - before.brokerCpu) / replies,
    others: othersBetween(before, after),
    server,
    client,
  };
}

function processWindow(before: Sample, after: Sample, repliesPerSecond: number): ProcessWindow {
  const milliseconds = after.at - before.at;
  return {
    busy: (after.cpu - before.cpu) / (milliseconds * 1_000),
    residentBytes: after.residentBytes,
    pageFaults: ((after.pageFaults - before.pageFaults) * 1_000) / milliseconds / repliesPerSecond,
    loopDelay: after.loopDelay,
  };
}

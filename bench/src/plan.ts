import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

import { catalogue, type Entry, entryOf } from './contenders/catalogue.js';
import { fullSuites, quickSuites, type Suite, suiteOf, suites } from './suites/index.js';

/** What a run measures, and for how long. */
export interface Plan {
  readonly quick: boolean;
  readonly suites: readonly Suite[];
  /** These contenders; without it all that a suite has. */
  readonly only: readonly Entry[] | undefined;
  /** How often each load of `calls` is measured, and of the other suites. */
  readonly rounds: number;
  readonly sweepRounds: number;
  /** Of one window. */
  readonly seconds: number;
  /** From a change of the load to the first window after it. */
  readonly settleSeconds: number;
  readonly warmUp: { readonly least: number; readonly most: number };
  readonly inFlight: readonly number[];
  readonly streams: number;
  /** Whether `calls` has request streams too. */
  readonly uploads: boolean;
  readonly connections: readonly number[];
  /** Calls a second of the open loop, for how long each. */
  readonly rates: readonly number[];
  readonly rateSeconds: number;
  /** Whether the open loop looks for the highest rate that passes. */
  readonly search: boolean;
  /** In milliseconds: a rate passes when its p99.9 is below. */
  readonly latencyLimit: number;
  readonly neighbourSeconds: number;
  /** Of endurance. */
  readonly minutes: number;
  /** Characters in the text of an echo. */
  readonly payload: number;
  /** The share of the machine that others may use in a window. */
  readonly tolerance: number;
  /** How often one window is repeated because of others, and how many seconds all repeats may take together. */
  readonly repeats: number;
  readonly repeatSeconds: number;
  readonly out: string;
}

const usage = `npm run bench -- [options]

  --quick            two minutes: calls alone, fewer rounds, shorter windows
  --suite a,b        these suites:
${suites.map(({ about, name }) => `                       ${name.padEnd(12)} ${about}`).join('\n')}
  --only a,b         these contenders: ${catalogue.map(({ name }) => name).join(', ')}
  --rounds N         how often each load is measured
  --seconds N        how long each time
  --in-flight a,b    calls in flight
  --connections a,b  connections that calls are spread over
  --payload N        characters in the message of an echo
  --p999 N           milliseconds that the open loop allows for p99.9: 5
  --minutes N        how long endurance takes for each contender: 60
  --out FILE         where the figures go; plots go beside it`;

const full = {
  suites: fullSuites,
  rounds: 7,
  sweepRounds: 3,
  seconds: 2,
  settleSeconds: 0.5,
  warmUp: { least: 3, most: 15 },
  inFlight: [1, 16, 64, 256, 1_024, 10_000],
  uploads: true,
  search: true,
  rateSeconds: 5,
  neighbourSeconds: 10,
  repeats: 3,
  repeatSeconds: 600,
};

const quick = {
  suites: quickSuites,
  rounds: 3,
  sweepRounds: 1,
  seconds: 0.5,
  settleSeconds: 0.1,
  warmUp: { least: 0.8, most: 1.6 },
  inFlight: [16, 64, 256],
  uploads: false,
  search: false,
  rateSeconds: 1,
  neighbourSeconds: 2,
  repeats: 2,
  repeatSeconds: 15,
};

export function readPlan(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean', default: false },
      suite: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'in-flight': { type: 'string' },
      connections: { type: 'string' },
      payload: { type: 'string' },
      p999: { type: 'string' },
      minutes: { type: 'string' },
      out: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const form = values.quick ? quick : full;
  return {
    ...form,
    quick: values.quick,
    suites: values.suite?.split(',').map(suiteOf) ?? form.suites,
    only: values.only?.split(',').map(entryOf),
    rounds: numberOf('rounds', values.rounds, form.rounds),
    sweepRounds: numberOf('rounds', values.rounds, form.sweepRounds),
    seconds: numberOf('seconds', values.seconds, form.seconds),
    inFlight: numbersOf('in-flight', values['in-flight'], form.inFlight),
    streams: 16,
    connections: numbersOf('connections', values.connections, [1, 10, 100, 1_000, 10_000]),
    rates: [1_000, 10_000],
    latencyLimit: numberOf('p999', values.p999, 5),
    minutes: numberOf('minutes', values.minutes, 60),
    payload: numberOf('payload', values.payload, 32),
    tolerance: 0.08,
    out: values.out ?? resultFile(values.suite ?? (values.quick ? 'quick' : 'full')),
  };
}

const FRACTIONS = ['seconds', 'minutes'];

/** @throws for what is no number above 0; most have to be whole. */
export function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (number > 0 && (FRACTIONS.includes(name) || Number.isInteger(number))) return number;
  throw new Error(`--${name} has to be a number above 0, and is ${text}`);
}

const numbersOf = (name: string, text: string | undefined, otherwise: readonly number[]): readonly number[] =>
  text?.split(',').map((each) => numberOf(name, each, 0)) ?? otherwise;

const resultFile = (name: string): string => fileURLToPath(new URL(`../results/${name}.json`, import.meta.url));

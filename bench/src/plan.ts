import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

import { catalogue, type Entry, entryOf } from './contenders/catalogue.js';

/** What a run measures, and for how long. */
export interface Plan {
  readonly quick: boolean;
  readonly entries: readonly Entry[];
  readonly rounds: number;
  /** Of one window. */
  readonly seconds: number;
  /** From a change of the load to the first window after it. */
  readonly settleSeconds: number;
  readonly warmUp: { readonly least: number; readonly most: number };
  readonly inFlight: readonly number[];
  readonly streams: number;
  readonly openLoop: boolean;
  /** In milliseconds: a rate of the open loop passes when its p99.9 is below. */
  readonly latencyLimit: number;
  /** The text of an echo. */
  readonly message: string;
  /** The share of the machine that others may use in a window. */
  readonly tolerance: number;
  /** How often one window is repeated because of others, and how many seconds all repeats may take together. */
  readonly repeats: number;
  readonly repeatSeconds: number;
  readonly out: string;
}

const usage = `npm run bench -- [options]

  --quick            two minutes: fewer rounds, shorter windows, no open loop
  --only a,b         these contenders: ${catalogue.map(({ name }) => name).join(', ')}
  --rounds N         how often each load is measured
  --seconds N        how long each time
  --in-flight a,b    calls in flight
  --payload N        characters in the message of an echo
  --p999 N           milliseconds that the open loop allows for p99.9: 5
  --out FILE         where the figures go`;

const full = {
  rounds: 7,
  seconds: 2,
  settleSeconds: 0.5,
  warmUp: { least: 3, most: 15 },
  inFlight: [1, 16, 64, 256, 1_024, 10_000],
  repeats: 3,
  repeatSeconds: 600,
};

const quick = {
  rounds: 3,
  seconds: 0.5,
  settleSeconds: 0.1,
  warmUp: { least: 0.8, most: 1.6 },
  inFlight: [16, 64, 256],
  repeats: 2,
  repeatSeconds: 15,
};

export function readPlan(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'in-flight': { type: 'string' },
      payload: { type: 'string', default: '32' },
      p999: { type: 'string' },
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
    entries: values.only ? values.only.split(',').map(entryOf) : catalogue,
    rounds: numberOf('rounds', values.rounds, form.rounds),
    seconds: numberOf('seconds', values.seconds, form.seconds),
    inFlight: values['in-flight']?.split(',').map((each) => numberOf('in-flight', each, 0)) ?? form.inFlight,
    streams: 16,
    openLoop: !values.quick,
    latencyLimit: numberOf('p999', values.p999, 5),
    message: 'x'.repeat(numberOf('payload', values.payload, 0)),
    tolerance: 0.08,
    out: values.out ?? resultFile(values.quick ? 'quick' : 'full'),
  };
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (number > 0 && (name === 'seconds' || Number.isInteger(number))) return number;
  throw new Error(`--${name} has to be a number above 0, and is ${text}`);
}

const resultFile = (name: string): string => fileURLToPath(new URL(`../results/${name}.json`, import.meta.url));

import { calls } from './calls.js';
import { connections } from './connections.js';
import { endurance } from './endurance.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { neighbour } from './neighbour.js';
import { payloads } from './payloads.js';
import type { Suite } from './suite.js';

export type { Suite } from './suite.js';

/** What a run measures that names no suite: the full form, and the quick one. */
export const fullSuites: readonly Suite[] = [calls, latency, payloads, connections, memory, neighbour];
export const quickSuites: readonly Suite[] = [calls];

export const suites: readonly Suite[] = [...fullSuites, endurance];

export function suiteOf(name: string): Suite {
  const suite = suites.find((each) => each.name === name);
  if (suite) return suite;
  throw new Error(`There is no suite ${name}: there is ${suites.map((each) => each.name).join(', ')}`);
}

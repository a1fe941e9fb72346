import type { Results } from '../measure/results.js';
import type { Latencies } from '../workload/open-loop.js';
import { short, thousands } from '../numbers.js';
import { table } from './table.js';

const PERCENTILES = ['p50', 'p99', 'p999', 'max'] as const;
const HEAD = ['p50 ms', 'p99 ms', 'p99.9 ms', 'max ms'];

const cells = (latencies: Latencies | undefined): string[] =>
  PERCENTILES.map((each) => (latencies ? short(latencies[each] / 1_000) : '-'));

/** Latencies at the same rate for all. */
export function fixedRatesTable(results: Results, rate: number): string {
  const rows = results.entries(results.fixedRates).map((entry) => {
    const at = results.fixedRates.get(entry)!.find((each) => each.rate === rate);
    return [entry.title, ...(at ? cells(at.typical) : ['too much', '', '', ''])];
  });
  return table([`${thousands(rate)} calls/s`, ...HEAD], rows);
}

/** The highest rates that passed, and the latencies at those. */
export function openLoopTable(results: Results, latencyLimit: number): string {
  const rows = results.entries(results.openLoops).map((entry) => {
    const { highestRate, trials } = results.openLoops.get(entry)!;
    const passed = trials.find((trial) => trial.passed && trial.rate === highestRate);
    return [entry.title, highestRate > 0 ? thousands(highestRate) : 'none', ...cells(passed)];
  });
  return table(['open loop', `calls/s with p99.9 < ${latencyLimit} ms`, ...HEAD], rows);
}

/** A quiet connection, alone and beside one that floods. */
export function neighbourTable(results: Results): string {
  const rows = results.entries(results.neighbours).flatMap((entry) => {
    const { alone, beside, flood } = results.neighbours.get(entry)!;
    return [
      [entry.title, 'alone', ...cells(alone), '-'],
      ['', 'beside a flood', ...cells(beside), thousands(flood.repliesPerSecond)],
    ];
  });
  return table(['100 calls/s', '', ...HEAD, 'flood calls/s'], rows);
}

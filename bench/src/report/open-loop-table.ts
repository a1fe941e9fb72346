import type { Results } from '../measure/results.js';
import type { Plan } from '../plan.js';
import { table } from './table.js';

/** The highest rates that passed, and the latencies at those. */
export function openLoopTable(results: Results, { entries, latencyLimit }: Plan): string {
  const rows = entries.flatMap((entry) => {
    const result = results.openLoops.get(entry);
    if (!result) return [];
    const trial = result.trials.find(({ passed, rate }) => passed && rate === result.highestRate);
    const milliseconds = (value: number | undefined): string =>
      value === undefined ? '-' : (value / 1_000).toFixed(2);
    return [
      [
        entry.title,
        result.highestRate > 0 ? result.highestRate.toLocaleString('en') : 'none',
        milliseconds(trial?.p50),
        milliseconds(trial?.p99),
        milliseconds(trial?.p999),
      ],
    ];
  });
  return table(['open loop', `calls/s with p99.9 < ${latencyLimit} ms`, 'p50 ms', 'p99 ms', 'p99.9 ms'], rows);
}

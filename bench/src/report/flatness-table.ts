import type { Results } from '../measure/results.js';
import type { Per, Step } from './sweep-table.js';
import { table } from './table.js';

/** How far the dearest step of a sweep is above the cheapest. None, where there are no two steps to compare. */
export function flatnessTable(
  results: Results,
  title: string,
  steps: readonly Step[],
  from: number,
  per: Per = (cpu) => cpu,
): string[] {
  const compared = steps.filter(({ at }) => at >= from);
  const rows = results.entries().flatMap((entry) => {
    const costs = compared.flatMap(({ at, point }) => {
      const figures = results.figures(entry, point);
      return figures ? [[per(figures.serverCpu.median, at), per(figures.clientCpu.median, at)] as const] : [];
    });
    if (costs.length < 2) return [];
    return [[entry.title, rise(costs.map(([server]) => server)), rise(costs.map(([, client]) => client))]];
  });
  return rows.length > 0 ? [table([`${title}: dearest over cheapest`, 'server', 'client'], rows)] : [];
}

const rise = (costs: readonly number[]): string =>
  `+${((Math.max(...costs) / Math.min(...costs) - 1) * 100).toFixed(0)} %`;

import type { Results } from '../measure/results.js';
import { thousands } from '../numbers.js';
import { table } from './table.js';

/** Whether memory stayed flat. */
export function enduranceTable(results: Results): string {
  const percent = (value: number): string => `${value < 0 ? '' : '+'}${(value * 100).toFixed(1)} %`;
  const rows = results.entries(results.endurances).map((entry) => {
    const { flat, growth, looks } = results.endurances.get(entry)!;
    const { minute, replies } = looks.at(-1)!;
    return [
      entry.title,
      minute.toFixed(1),
      thousands(replies),
      percent(growth.server),
      percent(growth.client),
      flat ? 'yes' : 'NO',
    ];
  });
  return table(['live memory, last quarter over first', 'minutes', 'calls', 'server', 'client', 'flat'], rows);
}

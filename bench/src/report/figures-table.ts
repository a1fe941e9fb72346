import type { Entry } from '../contenders/catalogue.js';
import type { LoadPoint } from '../measure/loads.js';
import type { Results } from '../measure/results.js';
import type { Spread } from '../measure/statistics.js';
import { table } from './table.js';

/** What the contenders did under one load. */
export function figuresTable(results: Results, entries: readonly Entry[], point: LoadPoint): string {
  const what = point.work.kind === 'streams' ? 'messages/s' : 'calls/s';
  const rows = entries.flatMap((entry) => {
    const figures = results.figures(entry, point);
    if (!figures) return [];
    const { brokerCpu, clean, clientCpu, repliesPerSecond, serverCpu, windows } = figures;
    return [
      [
        entry.title,
        thousands(repliesPerSecond.median),
        range(repliesPerSecond, thousands),
        micros(serverCpu.median),
        range(serverCpu, micros),
        micros(clientCpu.median),
        range(clientCpu, micros),
        entry.broker ? micros(brokerCpu.median) : '-',
        `${clean}/${windows}`,
      ],
    ];
  });
  const head = [point.title, what, 'min..max', 'server us', 'min..max', 'client us', 'min..max', 'broker us', 'clean'];
  return table(head, rows);
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en');
const micros = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const range = ({ max, min }: Spread, text: (value: number) => string): string => `${text(min)}..${text(max)}`;

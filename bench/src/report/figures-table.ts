import type { LoadPoint } from '../measure/loads.js';
import type { ProcessFigures, Results } from '../measure/results.js';
import { mebibytes, range, short, thousands } from '../numbers.js';
import { table } from './table.js';

/** What the contenders did under one load. */
export function figuresTable(results: Results, point: LoadPoint): string {
  const rows = results.entries().flatMap((entry) => {
    const figures = results.figures(entry, point);
    if (!figures) return [];
    const { brokerCpu, clean, client, clientCpu, repliesPerSecond, server, serverCpu, windows } = figures;
    return [
      [
        entry.title,
        thousands(repliesPerSecond.median),
        range(repliesPerSecond, thousands),
        short(serverCpu.median),
        range(serverCpu, short),
        short(clientCpu.median),
        range(clientCpu, short),
        entry.broker ? short(brokerCpu.median) : '-',
        delay(server),
        delay(client),
        `${mebibytes(server.residentBytes)} / ${mebibytes(client.residentBytes)}`,
        `${clean}/${windows}`,
      ],
    ];
  });
  const what = point.work.kind === 'closed' ? 'calls/s' : 'messages/s';
  return table(
    [
      point.title,
      what,
      'min..max',
      'server us',
      'min..max',
      'client us',
      'min..max',
      'broker us',
      'server late ms',
      'client late ms',
      'MiB',
      'clean',
    ],
    rows,
  );
}

const delay = ({ loopDelay }: ProcessFigures): string =>
  loopDelay ? `${loopDelay.p99.toFixed(1)} / ${loopDelay.p999.toFixed(1)}` : '-';

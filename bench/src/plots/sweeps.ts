import type { Work } from '../processes/orders.js';
import { thousands } from '../numbers.js';
import type { ResultFile } from '../report/result-file.js';
import { type Line, lineChart } from './lines.js';
import { noteOf } from './picture.js';

type ClosedWork = Extract<Work, { kind: 'closed' }>;

interface Sweep {
  readonly suite: string;
  readonly title: string;
  readonly x: (work: ClosedWork) => number;
  readonly xLabel: string;
  readonly xText: (value: number) => string;
  readonly yLabel: string;
  /** From microseconds per call. */
  readonly y?: (cpu: number, work: ClosedWork) => number;
}

/** What server and client spend, from one end of a sweep to the other. */
function sweepPlot(
  file: ResultFile,
  { suite, title, x, xLabel, xText, y = (cpu) => cpu, yLabel }: Sweep,
): string | undefined {
  const lines = (['server', 'client'] as const).flatMap((side) =>
    file.contenders.map(({ loads, name, title }): Line => ({
      contender: name,
      title,
      pane: side,
      points: loads.flatMap(({ figures, suite: of, work }) =>
        of === suite && work.kind === 'closed'
          ? [{ x: x(work), y: y(figures[side === 'server' ? 'serverCpu' : 'clientCpu'].median, work) }]
          : [],
      ),
    })),
  );
  const ticks = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))];
  const axis = { label: xLabel, log: true, ticks, text: xText };
  return lineChart({ title, note: noteOf(file) }, axis, { label: yLabel, log: true }, lines);
}

export const costPlot = (file: ResultFile): string | undefined =>
  sweepPlot(file, {
    suite: 'calls',
    title: 'What a call costs, by how many are in flight',
    x: ({ inFlight }) => inFlight,
    xLabel: 'calls in flight',
    xText: thousands,
    yLabel: 'us of CPU per call',
  });

export const payloadsPlot = (file: ResultFile): string | undefined =>
  sweepPlot(file, {
    suite: 'payloads',
    title: 'What a byte costs, by the size of the message',
    x: ({ payload }) => payload,
    xLabel: 'bytes in a message',
    xText: sizeText,
    yLabel: 'ns of CPU per KiB',
    y: (cpu, { payload }) => (cpu * 1_000) / (payload / 1_024),
  });

export const connectionsPlot = (file: ResultFile): string | undefined =>
  sweepPlot(file, {
    suite: 'connections',
    title: 'What a call costs, by over how many connections 256 are spread',
    x: ({ connections = 1 }) => connections,
    xLabel: 'connections',
    xText: thousands,
    yLabel: 'us of CPU per call',
  });

function sizeText(bytes: number): string {
  if (bytes < 1_024) return String(bytes);
  return bytes < 2 ** 20 ? `${Math.round(bytes / 1_024)}K` : `${Math.round(bytes / 2 ** 20)}M`;
}

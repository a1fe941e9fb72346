import { thousands } from '../numbers.js';
import type { ResultFile } from '../report/result-file.js';
import { type Line, lineChart } from './lines.js';
import { noteOf } from './picture.js';

const PERCENTILES = ['p50', 'p90', 'p99', 'p999', 'max'] as const;
const NAMES = ['p50', 'p90', 'p99', 'p99.9', 'max'];

/** Latencies from when calls were to be sent; those that could not keep a rate up have no line. */
export function latencyPlot(file: ResultFile): string | undefined {
  const lines = file.contenders.flatMap(({ fixedRates = [], name, title }) =>
    fixedRates.map(({ rate, typical }): Line => ({
      contender: name,
      title,
      pane: `${thousands(rate)} calls/s`,
      points: PERCENTILES.map((each, index) => ({ x: index, y: typical[each] / 1_000 })),
    })),
  );
  const byRate = lines.sort((a, b) => Number(a.pane.replace(/\D/g, '')) - Number(b.pane.replace(/\D/g, '')));
  return lineChart(
    { title: 'How long a call takes at a fixed rate', note: noteOf(file) },
    { label: 'percentile of calls', ticks: NAMES.map((_, index) => index), text: (index) => NAMES[index]! },
    { label: 'ms', log: true },
    byRate,
  );
}

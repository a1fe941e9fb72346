import { thousands } from '../numbers.js';
import type { LoadResult, ResultFile } from '../report/result-file.js';
import { barChart } from './bars.js';
import { noteOf } from './picture.js';

/** Enough to keep both sides busy. */
const IN_FLIGHT = 256;

export function throughputPlot(file: ResultFile): string | undefined {
  const bars = file.contenders.flatMap(({ loads, name, title }) =>
    loads.filter(atInFlight).map(({ figures }) => ({ contender: name, title, value: figures.repliesPerSecond.median })),
  );
  return barChart({ title: `Calls per second, ${thousands(IN_FLIGHT)} in flight`, note: noteOf(file) }, bars);
}

const atInFlight = ({ suite, work }: LoadResult): boolean =>
  suite === 'calls' && work.kind === 'closed' && work.inFlight === IN_FLIGHT;

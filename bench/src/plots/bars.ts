import * as Plot from '@observablehq/plot';

import { thousands } from '../numbers.js';
import { colorOf, isLimit } from './palette.js';
import { type Frame, HEADING, picture } from './picture.js';

export interface Bar {
  readonly contender: string;
  readonly title: string;
  readonly value: number;
}

const BAR_HEIGHT = 30;

/** The longest first. `undefined` where there is nothing to draw. */
export function barChart(frame: Frame, bars: readonly Bar[]): string | undefined {
  if (bars.length === 0) return undefined;
  const sorted = [...bars].sort((a, b) => b.value - a.value);
  return picture(frame, {
    height: HEADING + sorted.length * BAR_HEIGHT + 12,
    marginLeft: 240,
    marginRight: 80,
    marginBottom: 12,
    x: { axis: null, domain: [0, sorted[0]!.value] },
    y: { domain: sorted.map(({ title }) => title), label: null, tickSize: 0, padding: 0.25 },
    marks: [
      Plot.barX(sorted, {
        x: 'value',
        y: 'title',
        fill: ({ contender }: Bar) => colorOf(contender),
        fillOpacity: ({ contender }: Bar) => (isLimit(contender) ? 0.5 : 1),
      }),
      Plot.text(sorted, {
        x: 'value',
        y: 'title',
        text: ({ value }: Bar) => thousands(value),
        dx: 6,
        textAnchor: 'start',
      }),
    ],
  });
}

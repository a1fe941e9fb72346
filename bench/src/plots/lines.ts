import * as Plot from '@observablehq/plot';

import { type Axis, logTicks, positionOn, scaleOptions } from './axis.js';
import { spreadApart } from './labels.js';
import { colorOf, isLimit, isOurs, nameOf } from './palette.js';
import { type Frame, HEADING, picture } from './picture.js';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What one contender did, in one of the panes that stand side by side. */
export interface Line {
  readonly contender: string;
  readonly title: string;
  readonly pane: string;
  readonly points: readonly Point[];
}

const HEIGHT = 470;
const MARGIN_BOTTOM = 46;
const MARGIN_TOP = 22;
const PLOT_HEIGHT = HEIGHT - HEADING - MARGIN_TOP - MARGIN_BOTTOM;
/** Room right of the lines for their names. */
const NAMES = 170;
const NAME_HEIGHT = 14;

/** Lines with their names at their ends. `undefined` where there is nothing to draw. */
export function lineChart(frame: Frame, x: Axis, y: Axis, all: readonly Line[]): string | undefined {
  const lines = all.filter(({ points }) => points.length > 0);
  if (lines.length === 0) return undefined;
  const panes = [...new Set(lines.map(({ pane }) => pane))];
  const range = rangeOf(y, lines);
  const yAxis: Axis = y.log ? { ...y, ticks: logTicks(...range) } : y;
  const domain = range.map((value) => positionOn(y, value)) as [number, number];
  const dots = lines.flatMap((line) =>
    line.points.map((point) => ({ ...line, x: positionOn(x, point.x), y: positionOn(y, point.y) })),
  );
  const names = panes.flatMap((pane) =>
    namesIn(
      dots.filter((dot) => dot.pane === pane),
      domain,
    ),
  );

  const color = ({ contender }: Pick<Line, 'contender'>): string => colorOf(contender);
  const strokes = (which: (contender: string) => boolean, options: Plot.LineYOptions): Plot.Markish =>
    Plot.lineY(
      dots.filter(({ contender }) => which(contender)),
      { x: 'x', y: 'y', z: 'contender', fx: 'pane', stroke: color, ...options },
    );
  const caption = { fx: (pane: string) => pane, fontWeight: 600 };
  return picture(frame, {
    height: HEIGHT,
    marginTop: MARGIN_TOP,
    marginBottom: MARGIN_BOTTOM,
    marginLeft: 64,
    marginRight: 4,
    insetRight: NAMES,
    insetLeft: 8,
    fx: { domain: panes, padding: 0.04, axis: null },
    x: { ...scaleOptions(x), label: null, grid: true },
    y: { ...scaleOptions(yAxis), domain, label: null, grid: true },
    marks: [
      Plot.text(panes, { ...caption, frameAnchor: 'top-left', dy: -16, text: (pane) => `${pane}: ${y.label}` }),
      Plot.text(panes, { ...caption, frameAnchor: 'bottom-left', dy: 40, fontWeight: 400, text: () => x.label }),
      strokes(isLimit, { strokeDasharray: '4 3' }),
      strokes((contender) => !isLimit(contender) && !isOurs(contender), {}),
      strokes(isOurs, { strokeWidth: 3 }),
      Plot.dot(dots, { x: 'x', y: 'y', fx: 'pane', r: 2.5, fill: color }),
      Plot.text(names, {
        x: 'x',
        y: 'y',
        fx: 'pane',
        text: ({ contender, title }: Line) => nameOf(contender, title),
        dx: 8,
        textAnchor: 'start',
        fill: color,
      }),
    ],
  });
}

/** A little more than what is drawn. */
function rangeOf({ log }: Axis, lines: readonly Line[]): [number, number] {
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return log ? [least * 0.8, most * 1.25] : [0, most * 1.1];
}

/** The names of the lines of a pane, beside the last dot of each. */
function namesIn<Dot extends Point & Pick<Line, 'contender'>>(
  dots: readonly Dot[],
  [low, high]: readonly [number, number],
): Dot[] {
  const last = [...new Map(dots.map((dot) => [dot.contender, dot])).values()];
  const pixels = PLOT_HEIGHT / (high - low);
  const places = spreadApart(
    last.map(({ y }) => (y - low) * pixels),
    NAME_HEIGHT,
    PLOT_HEIGHT,
  );
  const right = Math.max(...dots.map(({ x }) => x));
  return last.map((dot, index) => ({ ...dot, x: right, y: places[index]! / pixels + low }));
}

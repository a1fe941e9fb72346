import type { LoadPoint } from '../measure/loads.js';
import type { Results } from '../measure/results.js';
import { short } from '../numbers.js';
import { table } from './table.js';

/** A load, and the number that it stands for in its sweep. */
export interface Step {
  readonly point: LoadPoint;
  readonly at: number;
}

/** What a figure of a step is counted in, from its CPU per call. */
export type Per = (cpu: number, at: number) => number;

/** The contenders by the steps of a sweep: what server and client spend. */
export function figuresByPoint(results: Results, title: string, steps: readonly Step[], per: Per): string {
  const rows = results.entries().flatMap((entry) => {
    const cells = steps.map(({ at, point }) => {
      const figures = results.figures(entry, point);
      return figures
        ? `${short(per(figures.serverCpu.median, at))} / ${short(per(figures.clientCpu.median, at))}`
        : '-';
    });
    return cells.every((cell) => cell === '-') ? [] : [[entry.title, ...cells]];
  });
  return table([title, ...steps.map(({ point }) => point.title)], rows);
}

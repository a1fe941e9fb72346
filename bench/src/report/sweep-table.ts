import type { LoadPoint } from '../measure/loads.js';
import type { Figures, Results } from '../measure/results.js';
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
  return bySteps(results, title, steps, ({ clientCpu, serverCpu }, at) => [
    per(serverCpu.median, at),
    per(clientCpu.median, at),
  ]);
}

/** The pages that server and client used for the first time, for each call. */
export function pageFaultsByPoint(results: Results, title: string, steps: readonly Step[]): string {
  return bySteps(results, title, steps, ({ client, server }) => [server.pageFaults, client.pageFaults]);
}

function bySteps(
  results: Results,
  title: string,
  steps: readonly Step[],
  sides: (figures: Figures, at: number) => readonly [server: number, client: number],
): string {
  const rows = results.entries().flatMap((entry) => {
    const cells = steps.map(({ at, point }) => {
      const figures = results.figures(entry, point);
      return figures ? sides(figures, at).map(short).join(' / ') : '-';
    });
    return cells.every((cell) => cell === '-') ? [] : [[entry.title, ...cells]];
  });
  return table([title, ...steps.map(({ point }) => point.title)], rows);
}

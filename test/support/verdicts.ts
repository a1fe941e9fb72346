import type { Mark, Promised } from './promise-table.js';

export type Form = 'short' | 'long';

/** A line of what rigs have reported. */
export interface Report {
  readonly id: string;
  readonly figure: number;
  readonly seed?: number;
}

/** What became of a mark. */
export interface Verdict {
  readonly id: string;
  readonly promise: string;
  readonly mark: Mark;
  readonly asked: string;
  /** In words; `undefined` when nobody has measured it, which is no way to keep a promise. */
  readonly reached: string | undefined;
  readonly isKept: boolean;
  readonly seeds: readonly number[];
}

/** Compares what was reported with what was asked for. */
export function judge(promises: readonly Promised[], form: Form, reports: readonly Report[]): Verdict[] {
  return promises.flatMap(({ promise, marks }) =>
    Object.entries(marks).map(([id, mark]): Verdict => {
      const own = reports.filter((report) => report.id === id);
      const figure = figureOf(mark, own);
      const isKept = figure !== undefined && (mark.is === 'at most' ? figure <= mark[form] : figure >= mark[form]);
      const seeds = new Set(own.flatMap(({ seed }) => seed ?? []));
      const reached = figure === undefined ? undefined : withUnit(figure, mark);
      return { id, promise, mark, asked: askedOf(mark, form), reached, isKept, seeds: [...seeds] };
    }),
  );
}

/** What is asked for, in words. */
export function askedOf(mark: Mark, form: Form): string {
  return mark.is === 'at most' && mark[form] === 0 ? 'none' : `${mark.is} ${withUnit(mark[form], mark)}`;
}

/** The table for the console. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ asked, isKept, mark, promise, reached }, i) => [
    verdicts[i - 1]?.promise === promise ? '' : promise,
    mark.measured,
    asked,
    reached ?? 'not measured',
    isKept ? 'kept' : 'FALLS SHORT',
  ]);
  const all = [['promise', 'figure', 'asked', 'reached', 'verdict'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n');
}

/** `page` with its rows of `verdicts` renewed. What was not measured now keeps what was reached last. */
export function renewed(page: string, verdicts: readonly Verdict[], machine: string): string {
  return verdicts.reduce((text, { asked, id, isKept, mark, reached, seeds }) => {
    if (reached === undefined) return text;
    const figure = isKept ? reached : `${reached}: **falls short**`;
    const measured = seeds.length === 0 ? machine : `${machine}, seed ${seeds.join(', ')}`;
    const row = `| \`${id}\` | ${mark.measured} | ${asked} | ${figure} | ${measured} |`;
    return text.replace(new RegExp(`^\\| \`${id.replace('.', '\\.')}\` \\|.*$`, 'm'), row);
  }, page);
}

/** The worst of what was reported; or how many different things. */
function figureOf({ counted, is }: Mark, reports: readonly Report[]): number | undefined {
  if (reports.length === 0) return undefined;
  const figures = reports.map(({ figure }) => figure);
  if (counted) return new Set(figures).size;
  return is === 'at most' ? Math.max(...figures) : Math.min(...figures);
}

function withUnit(figure: number, { unit }: Mark): string {
  const number = (Math.abs(figure) < 100 ? Number(figure.toPrecision(3)) : Math.round(figure)).toLocaleString('en');
  return unit ? `${number}${unit.startsWith('/') ? '' : ' '}${unit}` : number;
}

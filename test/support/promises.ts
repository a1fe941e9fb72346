import { appendFileSync } from 'node:fs';

import { PROMISES } from './promise-table.js';

/** Which form of the rigs runs: the short one, unless `RELIABILITY=long`. */
export const isLong = process.env.RELIABILITY === 'long';

type Marks = { [Id in keyof typeof PROMISES]: keyof (typeof PROMISES)[Id]['marks'] };
/** The name of a mark, as it stands in {@link PROMISES}. */
export type MarkId = Marks[keyof Marks];

const marks = Object.fromEntries(Object.values(PROMISES).flatMap((promise) => Object.entries(promise.marks)));

/** The figure that is asked for, in the form that runs: of how often, how many and how fast, a rig does just that. */
export function asked(id: MarkId): number {
  return marks[id]![isLong ? 'long' : 'short'];
}

/**
 * Reports the figure that a rig has measured to `npm run reliability`; nobody hears it in another run. Of a figure that is
 * reported several times the worst counts.
 *
 * @param seed what its random choices came from, if they can be repeated.
 */
export function reached(id: MarkId, figure: number, { seed }: { seed?: number } = {}): void {
  if (!Number.isFinite(figure)) throw new RangeError(`${id} was not measured: ${figure}`);
  const file = process.env.RELIABILITY_FIGURES;
  if (file) appendFileSync(file, `${JSON.stringify({ id, figure, seed })}\n`);
}

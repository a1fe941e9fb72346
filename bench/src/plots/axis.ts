export interface Axis {
  readonly label: string;
  readonly log?: boolean;
  /** Values; without it as many as fit. */
  readonly ticks?: readonly number[];
  readonly text?: (value: number) => string;
}

/** Where a value stands. Plot's own logarithmic scale drops the names of ticks that are no powers. */
export const positionOn = ({ log }: Axis, value: number): number => (log ? Math.log10(value) : value);

const valueAt = ({ log }: Axis, position: number): number => (log ? 10 ** position : position);

const plain = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 });

export function scaleOptions(axis: Axis): { ticks: number[] | number; tickFormat: (position: number) => string } {
  const { text = plain, ticks } = axis;
  return {
    ticks: ticks?.map((tick) => positionOn(axis, tick)) ?? 6,
    // What was a whole number is one again.
    tickFormat: (position) => text(Number(valueAt(axis, position).toPrecision(9))),
  };
}

/** 1, 2 and 5 of each power of ten from `low` to `high`. */
export function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    ticks.push(...[power, 2 * power, 5 * power].filter((tick) => tick >= low && tick <= high));
  }
  return ticks;
}

import type { Spread } from './measure/statistics.js';

export const thousands = (value: number): string => Math.round(value).toLocaleString('en');
/** Three figures, or all that stand before the point. */
export const short = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 1_000 ? value.toFixed(1) : thousands(value);
export const range = ({ max, min }: Spread, text: (value: number) => string): string => `${text(min)}..${text(max)}`;
export const mebibytes = (bytes: number): string => thousands(bytes / 2 ** 20);

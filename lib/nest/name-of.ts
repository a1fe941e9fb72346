import { textOf } from '../errors/index.js';

/** A pattern in the log: it may be anything that has a route, a bigint too. */
export function nameOf(pattern: unknown): string {
  try {
    return JSON.stringify(pattern);
  } catch {
    return textOf(pattern);
  }
}

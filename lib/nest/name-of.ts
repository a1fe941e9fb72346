import { textOf } from '../errors/index.js';

/** A value as people read it, in the log or in an error: a pattern or an option, which may be a bigint too. */
export function nameOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return textOf(value);
  }
}

import { textOf } from '../../errors/index.js';

/** What was thrown, as part of a sentence. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : textOf(thrown);
}

import { textOf } from '../errors/index.js';

/** What Nest says where it does not tell the error. */
export const UNKNOWN_ERROR_MESSAGE = 'Internal server error';

/** The text of a failure, which may be anything: applications throw objects, texts and errors. */
export function messageOf(failure: unknown): string {
  if (typeof failure === 'string') return failure;
  if (typeof failure === 'object' && failure !== null && 'message' in failure) return textOf(failure.message);
  return UNKNOWN_ERROR_MESSAGE;
}

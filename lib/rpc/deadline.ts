import { DeadlineExceededError } from '../errors/index.js';

/** The error of a call that took longer than `timeout` milliseconds; both sides say it in the same words. */
export function deadlineExceeded(timeout: number): DeadlineExceededError {
  return new DeadlineExceededError(`The call took longer than its timeout of ${timeout} ms`);
}

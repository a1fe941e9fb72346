import { DeadlineExceededError } from '../errors/index.js';
import type { Clock } from './clock.js';

/**
 * The error of a call that took longer than `timeout` milliseconds; both sides say it in the same words.
 *
 * @param cause what it has waited for in vain, where that is known.
 */
export function deadlineExceeded(timeout: number, cause?: Error): DeadlineExceededError {
  return new DeadlineExceededError(`The call took longer than its timeout of ${timeout} ms`, cause);
}

/** The moment at which the caller of a call stops waiting. */
export class Deadline {
  private readonly moment: number;
  private readonly stopTimer: () => void;

  /**
   * @param timeout milliseconds until then.
   * @param exceeded called once when it has come, unless {@link stop} is called before.
   */
  constructor(
    readonly timeout: number,
    private readonly clock: Clock,
    exceeded: () => void,
  ) {
    this.moment = clock.now() + timeout;
    this.stopTimer = clock.after(timeout, exceeded);
  }

  /** Milliseconds until then; below 0 afterwards. */
  get remaining(): number {
    return this.moment - this.clock.now();
  }

  /** Whether half of the time has passed. */
  get isHalfOver(): boolean {
    return this.remaining * 2 <= this.timeout;
  }

  /** Of a call that is not over by then. */
  get error(): DeadlineExceededError {
    return deadlineExceeded(this.timeout);
  }

  stop(): void {
    this.stopTimer();
  }
}

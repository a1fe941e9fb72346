import type { Clock } from '../rpc/index.js';

/** How long to wait between attempts to connect, in milliseconds. */
export interface BackoffOptions {
  /** After the first that failed, at most. Default 100. Each further one may take 1.6 times as long. */
  readonly initialDelay: number;
  /** After however many, at most. Default 30 s. */
  readonly maxDelay: number;
}

export const defaultBackoff: BackoffOptions = { initialDelay: 100, maxDelay: 30_000 };

const FACTOR = 1.6;

/**
 * When the next attempt is due. Delays are drawn anew between 0 and their limit (full jitter): clients that failed
 * together do not come back together.
 */
export class Backoff {
  private limit: number;
  private due = 0;

  /** @param random from 0 up to, and without, 1. */
  constructor(
    private readonly options: BackoffOptions,
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {
    this.limit = this.firstLimit;
  }

  /** Milliseconds until the next attempt may be made. */
  get remaining(): number {
    return Math.max(0, this.due - this.clock.now());
  }

  failed(): void {
    this.due = this.clock.now() + this.random() * this.limit;
    this.limit = Math.min(this.limit * FACTOR, this.options.maxDelay);
  }

  succeeded(): void {
    this.due = 0;
    this.limit = this.firstLimit;
  }

  private get firstLimit(): number {
    return Math.min(this.options.initialDelay, this.options.maxDelay);
  }
}

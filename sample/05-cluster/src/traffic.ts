import { type ClientProtosocket, ErrorCode } from 'nestjs-protosocket';
import { firstValueFrom, retry, throwError, timer } from 'rxjs';

import type { Counted } from './worker/primes.controller.js';

/** How many calls each worker has answered. */
export type Share = ReadonlyMap<number, number>;

/** Calls that follow each other, so many at a time, until they are told to stop. */
export class Traffic {
  /** Those that a worker refused or lost because it ended, and that were made again. */
  retries = 0;
  private readonly counts = new Map<number, number>();
  private readonly callers: Promise<void>[];
  private isOver = false;

  constructor(
    private readonly client: ClientProtosocket,
    inFlight: number,
    private readonly below: number,
  ) {
    this.callers = Array.from({ length: inFlight }, () => this.call());
  }

  get answered(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Waits for the calls in flight. Throws what one of them has failed with. */
  async stop(): Promise<Share> {
    this.isOver = true;
    await Promise.all(this.callers);
    return this.counts;
  }

  private async call(): Promise<void> {
    while (!this.isOver) {
      const counted = this.client.send<Counted>('count primes', this.below).pipe(
        retry({
          count: 100,
          delay: (error) => (this.mayRetry(error) ? timer(10) : throwError(() => error as unknown)),
        }),
      );
      const { worker } = await firstValueFrom(counted);
      this.counts.set(worker, (this.counts.get(worker) ?? 0) + 1);
    }
  }

  /**
   * A worker that ends refuses calls with UNAVAILABLE: these have not been run. CONNECTION_LOST leaves open whether a call
   * was run, so only who may run it twice makes it again, as here.
   */
  private mayRetry(error: unknown): boolean {
    const { code } = error as { code?: unknown };
    if (code !== ErrorCode.UNAVAILABLE && code !== ErrorCode.CONNECTION_LOST) return false;
    this.retries++;
    return true;
  }
}

import type { ClientProtosocket } from 'nestjs-protosocket';
import { firstValueFrom } from 'rxjs';

import type { Counted } from './worker/primes.controller.js';

/** How many calls each worker has answered. */
export type Share = ReadonlyMap<number, number>;

/** Calls that follow each other, so many at a time, until they are told to stop. */
export class Traffic {
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
      const { worker } = await firstValueFrom(this.client.send<Counted>('count primes', this.below));
      this.counts.set(worker, (this.counts.get(worker) ?? 0) + 1);
    }
  }
}

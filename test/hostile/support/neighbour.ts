import type { ClientProxy } from '@nestjs/microservices';
import { setTimeout as pause } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';

/** A well-behaved client that asks all the time: whatever others do, it has to be served. */
export class Neighbour {
  served = 0;
  /** How long each answer took, in milliseconds. */
  readonly latencies: number[] = [];
  readonly wrong: unknown[] = [];
  private leaving = false;
  private readonly asking: Promise<void>;

  constructor(private readonly client: ClientProxy) {
    this.asking = this.ask();
  }

  /** Stops to ask, after one more question; throws if anything was answered wrong. */
  async leave(): Promise<void> {
    const before = this.served;
    while (this.served <= before && this.wrong.length === 0) await pause(1);
    this.leaving = true;
    await this.asking;
    if (this.wrong.length > 0) throw new Error(`The neighbour was not served: ${String(this.wrong[0])}`);
  }

  private async ask(): Promise<void> {
    for (let i = 0; !this.leaving; i++) {
      const asked = performance.now();
      try {
        const answer = await lastValueFrom(this.client.send<number>('echo', i));
        this.latencies.push(performance.now() - asked);
        if (answer === i) this.served++;
        else this.wrong.push(answer);
      } catch (error) {
        this.wrong.push(error);
        return;
      }
      await pause(1);
    }
  }
}

import type { Caller } from '../workload/caller.js';
import { spread } from '../workload/spread.js';

/** So many are opened at a time: fewer than a server keeps in its backlog. */
const BATCH = 64;

/** A client's connections: as many as its load asks for. */
export class Connections {
  private readonly callers: Caller[] = [];
  /** Calls over all of them by turns. */
  caller!: Caller;

  constructor(private readonly connect: () => Promise<Caller>) {}

  async open(count: number): Promise<void> {
    const { callers } = this;
    if (callers.length === count) return;
    for (const surplus of callers.splice(count)) surplus.close!();
    while (callers.length < count) {
      const batch = Math.min(BATCH, count - callers.length);
      callers.push(...(await Promise.all(Array.from({ length: batch }, () => this.connect()))));
    }
    this.caller = spread(callers);
  }
}

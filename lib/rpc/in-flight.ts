import type { MessageId } from '../wire/index.js';
import { CallTable } from './call-table.js';

/** The calls of one half of a connection that await their end, by their message id. */
export class InFlight<Call extends { readonly id: MessageId }> {
  private readonly byId = new CallTable<Call>();
  /** Calls that run on although no id leads to them. */
  private readonly nameless = new Set<Call>();
  private readonly waiting: (() => void)[] = [];

  get size(): number {
    return this.byId.size + this.nameless.size;
  }

  get(id: MessageId): Call | undefined {
    return this.byId.get(id);
  }

  /** As upstream: a second call with a live id takes over the id. The first runs on, out of reach of a Cancel. */
  add(call: Call): void {
    const older = this.byId.get(call.id);
    if (older) {
      this.byId.delete(older);
      this.nameless.add(older);
    }
    this.byId.add(call);
  }

  /** Counts a call that nobody will ever name. */
  addNameless(call: Call): void {
    this.nameless.add(call);
  }

  remove(call: Call): void {
    if (!this.byId.delete(call)) this.nameless.delete(call);
    if (this.waiting.length === 0 || this.size > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** By their ids, which is the order in which they were made: what is sent again is sent in it, too. */
  all(): Call[] {
    const named = this.byId.values().sort((a, b) => (a.id < b.id ? -1 : 1));
    return [...named, ...this.nameless];
  }

  /** Resolves when no call is left. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.size === 0) resolve();
      else this.waiting.push(resolve);
    });
  }
}

import type { MessageId } from '../wire/index.js';

/** The calls of one half of a connection that await their end, by their message id. */
export class InFlight<Call extends { readonly id: MessageId }> {
  private readonly byId = new Map<MessageId, Call>();
  /** Calls that run on although no id leads to them. */
  private readonly nameless = new Set<Call>();

  get size(): number {
    return this.byId.size + this.nameless.size;
  }

  get(id: MessageId): Call | undefined {
    return this.byId.get(id);
  }

  /** As upstream: a second call with a live id takes over the id. The first runs on, out of reach of a Cancel. */
  add(call: Call): void {
    const older = this.byId.get(call.id);
    if (older) this.nameless.add(older);
    this.byId.set(call.id, call);
  }

  /** Counts a call that nobody will ever name. */
  addNameless(call: Call): void {
    this.nameless.add(call);
  }

  remove(call: Call): void {
    if (this.byId.get(call.id) === call) this.byId.delete(call.id);
    else this.nameless.delete(call);
  }

  /** Empties the table, for when the connection is gone. */
  takeAll(): Call[] {
    const all = [...this.byId.values(), ...this.nameless];
    this.byId.clear();
    this.nameless.clear();
    return all;
  }
}

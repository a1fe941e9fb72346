import type { MessageId } from '../wire/index.js';

/** The calls of one half of a connection that await their end, by their message id. */
export class InFlight<Call extends { readonly id: MessageId }> {
  private readonly calls = new Map<MessageId, Call>();

  get size(): number {
    return this.calls.size;
  }

  get(id: MessageId): Call | undefined {
    return this.calls.get(id);
  }

  /** As upstream: a second call with a live id takes over the id. The first runs on, out of reach of a Cancel. */
  add(call: Call): void {
    this.calls.set(call.id, call);
  }

  remove(call: Call): void {
    if (this.calls.get(call.id) === call) this.calls.delete(call.id);
  }

  /** Empties the table, for when the connection is gone. */
  takeAll(): Call[] {
    const all = [...this.calls.values()];
    this.calls.clear();
    return all;
  }
}

import type { Clock } from '../../lib/rpc/index.js';
import type { Random } from '../../lib/testing/random.js';

interface Event {
  readonly at: number;
  /** Which of those that are due at the same time is first. */
  readonly rank: number;
  readonly run: () => void;
}

/** Time that passes from event to event, at once. What is due at the same time happens in an order that is drawn. */
export class VirtualTime implements Clock {
  private time = 0;
  private readonly events = new Set<Event>();

  constructor(private readonly random: Random) {}

  /** What is to happen later than after `delay`. */
  pendingAfter(delay: number): number {
    return [...this.events].filter(({ at }) => at > this.time + delay).length;
  }

  now(): number {
    return this.time;
  }

  after(delay: number, run: () => void): () => void {
    const event = { at: this.time + delay, rank: this.random.next(), run };
    this.events.add(event);
    return () => this.events.delete(event);
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.after(0, resolve));
  }

  /** Runs events until `time`, or until `isOver` before it. Answers whether it was. */
  async pass(time: number, isOver: () => boolean = () => false): Promise<boolean> {
    const end = this.time + time;
    await settled();
    for (let next = this.first(); next && next.at <= end; next = this.first()) {
      if (isOver()) return true;
      this.events.delete(next);
      this.time = next.at;
      next.run();
      await settled();
    }
    if (isOver()) return true;
    this.time = end;
    return false;
  }

  private first(): Event | undefined {
    let first: Event | undefined;
    for (const event of this.events) {
      if (!first || event.at < first.at || (event.at === first.at && event.rank < first.rank)) first = event;
    }
    return first;
  }
}

/** Once all that follows without time passing has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

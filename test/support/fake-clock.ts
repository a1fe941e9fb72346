import type { Clock } from '../../lib/rpc/index.js';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands until a test moves it. */
export class FakeClock implements Clock {
  /** How often somebody let the event loop turn. */
  turns = 0;
  private time = 1_000;
  private readonly timers = new Set<Timer>();

  /** Timers that have neither run nor been stopped: what a call left behind. */
  get pending(): number {
    return this.timers.size;
  }

  now(): number {
    return this.time;
  }

  after(delay: number, run: () => void): () => void {
    const timer = { at: this.time + delay, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  turn(): Promise<void> {
    this.turns++;
    return Promise.resolve();
  }

  /** Lets `milliseconds` pass, and runs what is due meanwhile, in order. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (let due = this.firstDue(end); due; due = this.firstDue(end)) {
      this.timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }

  /** Lets `milliseconds` pass and runs nothing, as when something does not let the event loop turn. */
  passSilently(milliseconds: number): void {
    this.time += milliseconds;
  }

  private firstDue(end: number): Timer | undefined {
    return [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

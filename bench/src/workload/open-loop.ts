import { build, type Histogram } from 'hdr-histogram-js';

import type { Caller, ReplyObserver } from './caller.js';
import { wrongReply } from './closed-loop.js';
import { echoOf, isItem } from './echo.js';

export interface Latencies {
  readonly calls: number;
  /** Of the arrivals, those that were not answered when the time was over. */
  readonly unanswered: number;
  /** In microseconds, from the moment a call was to be sent. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Beyond this many in flight a rate has failed, and going on would only fill memory. */
const MAX_IN_FLIGHT = 20_000;
/** How long after the last arrival replies are waited for, in milliseconds. */
const DRAIN = 1_000;

/**
 * Calls arrive at a fixed rate, whether or not those before them were answered. The latency of a call counts from when it
 * was to be sent: a client that is late, because it or its peer is stuck, does not hide the wait.
 */
export class OpenLoop {
  private readonly histogram: Histogram = build({ numberOfSignificantValueDigits: 3 });
  private sent = 0;
  private answered = 0;
  private failure: Error | undefined;

  constructor(
    private readonly caller: Caller,
    private readonly rate: number,
    private readonly seconds: number,
    private readonly message: string,
  ) {}

  async run(): Promise<Latencies> {
    const total = Math.round(this.rate * this.seconds);
    const start = performance.now();
    while (this.sent < total && this.inFlight < MAX_IN_FLIGHT && !this.failure) {
      const due = Math.min(total, Math.floor(((performance.now() - start) / 1_000) * this.rate));
      while (this.sent < due) this.call(start + ((this.sent + 1) * 1_000) / this.rate);
      await turn();
    }
    const end = performance.now() + DRAIN;
    while (this.inFlight > 0 && performance.now() < end && !this.failure) await turn();
    if (this.failure) throw this.failure;
    const at = (percentile: number): number => this.histogram.getValueAtPercentile(percentile);
    return {
      calls: total,
      unanswered: total - this.answered,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max: this.histogram.maxValue,
    };
  }

  private get inFlight(): number {
    return this.sent - this.answered;
  }

  private call(intended: number): void {
    const request = echoOf(++this.sent, this.message);
    const observer: ReplyObserver = {
      next: (reply) => {
        if (!isItem(request, 0, reply)) this.failure = wrongReply(request, reply);
        this.histogram.recordValue(Math.round((performance.now() - intended) * 1_000));
      },
      error: (error) => (this.failure = error as Error),
      complete: () => this.answered++,
    };
    this.caller.echo(request, observer);
  }
}

// The timer adds up to a millisecond. Polling would be exact, but a process that never sleeps is the first that the system
// takes the core from: p99.9 came out twice as high.
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

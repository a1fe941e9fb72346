import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a process has used so far. */
export interface Sample {
  /** Milliseconds, by this process's own clock: a busy process takes its sample later than it was asked to. */
  readonly at: number;
  /** Microseconds of CPU, user and system, all threads. */
  readonly cpu: number;
  readonly residentBytes: number;
  /** Since the sample before, in milliseconds. */
  readonly loopDelay: { readonly p99: number; readonly p999: number };
}

const delay = monitorEventLoopDelay({ resolution: 10 });

/** Ends the watch on the event loop, until the next sample. It is a timer: those of all that rest would add up. */
export function rest(): void {
  delay.disable();
}

export function takeSample(): Sample {
  const { system, user } = process.cpuUsage();
  const loopDelay = { p99: delay.percentile(99) / 1e6, p999: delay.percentile(99.9) / 1e6 };
  delay.reset();
  delay.enable();
  return { at: performance.now(), cpu: user + system, residentBytes: process.memoryUsage.rss(), loopDelay };
}

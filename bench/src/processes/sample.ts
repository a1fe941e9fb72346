import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a process has used so far. */
export interface Sample {
  /** Milliseconds, by this process's own clock: a busy process takes its sample later than it was asked to. */
  readonly at: number;
  /** Microseconds of CPU, user and system, all threads. */
  readonly cpu: number;
  readonly residentBytes: number;
  /** Pages of memory that it used for the first time: the system makes each of them then. */
  readonly pageFaults: number;
  /** By how many milliseconds its event loop was late, since the sample before. None, where there is no event loop. */
  readonly loopDelay?: LoopDelay;
}

export interface LoopDelay {
  readonly p99: number;
  readonly p999: number;
}

/** How often the watch looks, in milliseconds. What it records is this and the delay. */
const RESOLUTION = 10;
const watch = monitorEventLoopDelay({ resolution: RESOLUTION });

/** Ends the watch on the event loop, until the next sample. It is a timer: those of all that rest would add up. */
export function rest(): void {
  watch.disable();
}

export function takeSample(): Sample {
  const { system, user } = process.cpuUsage();
  const loopDelay = { p99: lateness(99), p999: lateness(99.9) };
  watch.reset();
  watch.enable();
  return {
    at: performance.now(),
    cpu: user + system,
    residentBytes: process.memoryUsage.rss(),
    pageFaults: process.resourceUsage().minorPageFault,
    loopDelay,
  };
}

const lateness = (percentile: number): number => Math.max(0, watch.percentile(percentile) / 1e6 - RESOLUTION);

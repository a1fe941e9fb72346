import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** Linux counts in ticks of a hundredth of a second. */
export const TICK_MICROSECONDS = 10_000;

/** What all cores together have done so far, in microseconds. */
export interface MachineSample {
  readonly total: number;
  readonly busy: number;
}

/**
 * By /proc/stat. What the hypervisor took (steal) counts as busy: to us it is one more neighbour. Interrupts do not count:
 * those here are mostly loopback's, that is our own. `undefined` where there is no such file.
 */
export function sampleMachine(): MachineSample | undefined {
  try {
    const [line] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    const [user, nice, system, idle, iowait, irq, softirq, steal] = line!.trim().split(/\s+/).slice(1).map(Number);
    const busy = user! + nice! + system! + steal!;
    const total = busy + idle! + iowait! + irq! + softirq!;
    return { total: total * TICK_MICROSECONDS, busy: busy * TICK_MICROSECONDS };
  } catch {
    return undefined;
  }
}

/** Which share of the machine others used between two samples, while we used `ours` microseconds. */
export function shareOfOthers(
  before: MachineSample | undefined,
  after: MachineSample | undefined,
  ours: number,
): number | undefined {
  if (!before || !after || after.total === before.total) return undefined;
  return Math.max(0, (after.busy - before.busy - ours) / (after.total - before.total));
}

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly platform: string;
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

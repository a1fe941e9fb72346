import type { Pair } from '../processes/pair.js';
import { measureWindow } from './window.js';

/** Steady: so many looks in a row differ by no more than this. */
const LOOKS = 3;
const TOLERANCE = 0.05;

/**
 * Waits until a pair that is at work has become as fast as it will be, at least `least` and at most `most` seconds.
 * Judged by CPU per reply, on which neighbours have little influence. Answers the seconds it took.
 */
export async function warmUp(pair: Pair, least: number, most: number): Promise<number> {
  const look = most / 10;
  const costs: number[] = [];
  for (;;) {
    const { clientCpu, serverCpu } = await measureWindow(pair, look);
    costs.push(clientCpu + serverCpu);
    const latest = costs.slice(-LOOKS);
    const spent = costs.length * look;
    const steady = latest.length === LOOKS && Math.max(...latest) <= Math.min(...latest) * (1 + TOLERANCE);
    if ((steady && spent >= least) || spent >= most) return spent;
  }
}

import type { Plan } from '../plan.js';
import type { Pair } from '../processes/pair.js';
import type { Latencies } from '../workload/open-loop.js';
import { moment, othersBetween } from './window.js';

const SECONDS = 2;
/**
 * A rate passes when one of so many tries does. Even an idle core of a shared machine stalls for over 5 ms about once a
 * second, which says nothing of the contender; one that cannot keep a rate up fails at every try.
 */
const TRIES = 3;
/** Those that others disturbed do not count, unless there are too many of them. */
const MAX_ATTEMPTS = 6;
const STEP = 1.5;
const MAX_STEPS = 6;
const BISECTIONS = 3;

export interface Trial extends Latencies {
  readonly rate: number;
  readonly passed: boolean;
  /** Which share of the machine others used. */
  readonly others: number | undefined;
}

export interface OpenLoopResult {
  /** The highest rate that passed, in calls a second; 0 if none did. */
  readonly highestRate: number;
  readonly trials: readonly Trial[];
}

/** Looks for the highest rate of arrivals that a pair serves in time, from a first guess. */
export async function searchRate(
  pair: Pair,
  guess: number,
  { latencyLimit, message, tolerance }: Pick<Plan, 'latencyLimit' | 'message' | 'tolerance'>,
): Promise<OpenLoopResult> {
  const trials: Trial[] = [];
  const passes = async (rate: number): Promise<boolean> => {
    let counted = 0;
    for (let attempt = 0; attempt < MAX_ATTEMPTS && counted < TRIES; attempt++) {
      const before = await moment(pair);
      const latencies = await pair.client.order('openLoop', rate, SECONDS, message);
      const others = othersBetween(before, await moment(pair));
      const passed = latencies.unanswered === 0 && latencies.p999 < latencyLimit * 1_000;
      trials.push({ rate, passed, others, ...latencies });
      if (passed) return true;
      if ((others ?? 0) <= tolerance) counted++;
    }
    return false;
  };
  let good = 0;
  let bad = Infinity;
  let rate = guess;
  for (let step = 0; step < MAX_STEPS && (good === 0 || bad === Infinity); step++) {
    if (await passes(rate)) good = rate;
    else bad = rate;
    rate = Math.round(bad === Infinity ? good * STEP : bad / STEP);
  }
  for (let step = 0; step < BISECTIONS && good > 0 && bad < Infinity; step++) {
    rate = Math.round((good + bad) / 2);
    if (await passes(rate)) good = rate;
    else bad = rate;
  }
  return { highestRate: good, trials };
}

import type { Plan } from '../plan.js';
import type { Pair } from '../processes/pair.js';
import { type Trial, tryRate } from './open-loop-trial.js';

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

export interface SearchTrial extends Trial {
  readonly passed: boolean;
}

export interface OpenLoopResult {
  /** The highest rate that passed, in calls a second; 0 if none did. */
  readonly highestRate: number;
  readonly trials: readonly SearchTrial[];
}

/** Looks for the highest rate of arrivals that a pair serves in time, from a first guess. */
export async function searchRate(
  pair: Pair,
  guess: number,
  { latencyLimit, payload, tolerance }: Pick<Plan, 'latencyLimit' | 'payload' | 'tolerance'>,
): Promise<OpenLoopResult> {
  const trials: SearchTrial[] = [];
  const passes = async (rate: number): Promise<boolean> => {
    let counted = 0;
    for (let attempt = 0; attempt < MAX_ATTEMPTS && counted < TRIES; attempt++) {
      const trial = await tryRate(pair, rate, SECONDS, payload);
      const passed = trial.unanswered === 0 && trial.p999 < latencyLimit * 1_000;
      trials.push({ ...trial, passed });
      if (passed) return true;
      if ((trial.others ?? 0) <= tolerance) counted++;
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

import type { Plan } from '../plan.js';
import type { Pair } from '../processes/pair.js';
import { type Trial, tryRate } from './open-loop-trial.js';

/** A stall of the machine is in one of them, and not in their median. */
const TRIES = 3;
/** Beyond this share of what a contender can do at most, latency says no more than that it is too much. */
const HEADROOM = 0.9;

export interface FixedRate {
  readonly rate: number;
  /** The one in the middle, by p99. */
  readonly typical: Trial;
  readonly trials: readonly Trial[];
}

/** Latencies at the same rates for all, as far as a contender that can do `most` calls a second gets there. */
export async function measureFixedRates(
  pair: Pair,
  most: number,
  { payload, rates, rateSeconds }: Pick<Plan, 'payload' | 'rates' | 'rateSeconds'>,
): Promise<FixedRate[]> {
  const measured: FixedRate[] = [];
  for (const rate of rates.filter((each) => each <= most * HEADROOM)) {
    const trials: Trial[] = [];
    for (let attempt = 0; attempt < TRIES; attempt++) trials.push(await tryRate(pair, rate, rateSeconds, payload));
    const typical = [...trials].sort((a, b) => a.p99 - b.p99)[TRIES >> 1]!;
    measured.push({ rate, typical, trials });
  }
  return measured;
}

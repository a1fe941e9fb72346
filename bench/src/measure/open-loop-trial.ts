import type { Pair } from '../processes/pair.js';
import type { Latencies } from '../workload/open-loop.js';
import { moment, othersBetween } from './window.js';

export interface Trial extends Latencies {
  readonly rate: number;
  /** Which share of the machine others used. */
  readonly others: number | undefined;
}

/** Calls at a fixed rate, for so long. */
export async function tryRate(
  pair: Pick<Pair, 'client' | 'sample'>,
  rate: number,
  seconds: number,
  payload: number,
): Promise<Trial> {
  const before = await moment(pair);
  const latencies = await pair.client.order('openLoop', rate, seconds, payload);
  return { rate, others: othersBetween(before, await moment(pair)), ...latencies };
}

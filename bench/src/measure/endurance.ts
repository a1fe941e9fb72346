import type { MemorySample } from '../processes/memory.js';
import type { Pair } from '../processes/pair.js';
import { medianOf } from './statistics.js';
import { pause } from './within.js';

/** Within this share of the time a process is still getting warm. */
const WARM_UP = 0.1;
/** How much more the last quarter may hold than the first. */
const ALLOWED_GROWTH = 0.05;
/** Short runs have so many looks as well. */
const LEAST_LOOKS = 20;

/** What both processes held at one moment, under load. */
export interface Look {
  readonly minute: number;
  readonly replies: number;
  readonly server: MemorySample;
  readonly client: MemorySample;
}

export interface Endurance {
  readonly looks: readonly Look[];
  /** Of live JavaScript objects and buffers, from the first quarter after the warm-up to the last: 0.05 is 5 % more. */
  readonly growth: { readonly server: number; readonly client: number };
  readonly flat: boolean;
}

/** Looks at the memory of a pair that is at work, each minute. */
export async function endure(
  pair: Pair,
  minutes: number,
  goOn: () => boolean,
  tell: (look: Look) => void,
): Promise<Endurance> {
  const looks: Look[] = [];
  const start = performance.now();
  const count = Math.max(LEAST_LOOKS, Math.round(minutes));
  for (let index = 1; index <= count; index++) {
    const due = start + (index * minutes * 60_000) / count;
    while (goOn() && performance.now() < due) await pause(Math.min(1_000, due - performance.now()));
    if (!goOn()) break;
    const [server, client] = await Promise.all([pair.server.order('memory'), pair.client.order('memory')]);
    const { replies } = await pair.client.order('sample');
    const look = { minute: (index * minutes) / count, replies, server, client };
    looks.push(look);
    tell(look);
  }
  return judge(looks);
}

export function judge(looks: readonly Look[]): Endurance {
  const warm = looks.slice(Math.ceil(looks.length * WARM_UP));
  const quarter = Math.max(1, warm.length >> 2);
  const held = (of: readonly Look[], side: 'server' | 'client'): number =>
    medianOf(of.map((look) => look[side].heap + look[side].external));
  const growth = (side: 'server' | 'client'): number =>
    held(warm.slice(-quarter), side) / held(warm.slice(0, quarter), side) - 1;
  const both = { server: growth('server'), client: growth('client') };
  return { looks, growth: both, flat: both.server <= ALLOWED_GROWTH && both.client <= ALLOWED_GROWTH };
}

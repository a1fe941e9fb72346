import { type Spread, spreadOf } from '../measure/statistics.js';
import type { Micro } from './micro.js';

export interface MicroFigures {
  readonly name: string;
  /** Nanoseconds for one, by the wall clock and in CPU. */
  readonly wall: Spread;
  readonly cpu: Spread;
}

interface Turn {
  readonly wall: number;
  readonly cpu: number;
}

/** Measures all by turns, so that a noisy moment hits each of them alike. */
export async function measureAll(
  micros: readonly Micro[],
  { milliseconds, rounds }: { readonly milliseconds: number; readonly rounds: number },
): Promise<MicroFigures[]> {
  const counts = new Map<Micro, number>();
  for (const micro of micros) counts.set(micro, await countFor(micro, milliseconds));
  const turns = new Map<Micro, Turn[]>(micros.map((micro) => [micro, []]));
  for (let round = 0; round < rounds; round++) {
    for (const micro of micros) turns.get(micro)!.push(await time(micro, counts.get(micro)!));
  }
  return micros.map((micro) => ({
    name: micro.name,
    wall: spreadOf(turns.get(micro)!.map(({ wall }) => wall)),
    cpu: spreadOf(turns.get(micro)!.map(({ cpu }) => cpu)),
  }));
}

/** How many take about `milliseconds`, found by doubling, which warms it up as well. */
async function countFor(micro: Micro, milliseconds: number): Promise<number> {
  for (let count = 64; ; count *= 2) {
    const { wall } = await time(micro, count);
    if (wall * count > milliseconds * 1e6) return count;
  }
}

async function time(micro: Micro, count: number): Promise<Turn> {
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  const running = micro.run(count);
  // Awaiting what is done already would cost a turn of the microtasks.
  if (running) await running;
  const wall = Number(process.hrtime.bigint() - before) / count;
  const { system, user } = process.cpuUsage(cpuBefore);
  return { wall, cpu: ((user + system) * 1_000) / count };
}

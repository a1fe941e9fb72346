import type { Entry } from '../contenders/catalogue.js';
import type { Pair } from '../processes/pair.js';
import { thousands } from '../numbers.js';
import type { Lineup } from './lineup.js';
import type { LoadPoint } from './loads.js';
import type { Measured } from './results.js';
import type { Run } from './run.js';
import { measureWindow, type Window } from './window.js';
import { pause } from './within.js';

/** In milliseconds. */
const LONGEST_FIRST_USE = 20_000;

/** A round puts every contender under every load. */
export async function measureByTurns(
  run: Run,
  lineup: Lineup,
  points: readonly LoadPoint[],
  rounds: number,
): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    for (const point of points) {
      await lineup.each(async (pair) => {
        const { entry } = pair;
        if (point.needs && !entry.offers.includes(point.needs)) return;
        const window = await measure(run, pair, point);
        run.results.add(entry, point, { round, ...window });
        run.say(progress(`round ${round}/${rounds}`, entry, point, window));
      });
    }
  }
}

/** Measures until others leave the machine alone, or there were too many tries: then the quietest counts. */
async function measure(run: Run, pair: Pair, { work }: LoadPoint): Promise<Omit<Measured, 'round'>> {
  const { repeats, seconds, settleSeconds, tolerance } = run.plan;
  await pair.start(work);
  await pause(settleSeconds * 1_000);
  if (work.kind === 'closed' && work.connections) await allUsed(pair, work.connections);
  let quietest: Window | undefined;
  for (let attempt = 0; attempt <= repeats; attempt++) {
    const window = await measureWindow(pair, seconds);
    if (!quietest || (window.others ?? 0) < (quietest.others ?? 0)) quietest = window;
    if ((quietest.others ?? 0) <= tolerance || run.repeatSeconds < seconds) break;
    if (attempt < repeats) run.repeatSeconds -= seconds;
  }
  await pair.stop();
  return { ...quietest!, clean: (quietest!.others ?? 0) <= tolerance };
}

/** A connection's first call costs more, and where there are many it would be all that a window sees. */
async function allUsed(pair: Pair, connections: number): Promise<void> {
  const end = performance.now() + LONGEST_FIRST_USE;
  while ((await pair.sample()).client.replies < 2 * connections && performance.now() < end) await pause(50);
}

function progress(round: string, entry: Entry, point: LoadPoint, window: Omit<Measured, 'round'>): string {
  const { clean, clientCpu, others, repliesPerSecond, serverCpu } = window;
  const noise = clean ? '' : `  others had ${((others ?? 0) * 100).toFixed(0)} %`;
  return [
    round,
    point.title.padEnd(18),
    entry.name.padEnd(15),
    `${thousands(repliesPerSecond).padStart(9)}/s`,
    `${serverCpu.toFixed(1).padStart(6)} /${clientCpu.toFixed(1).padStart(6)} us${noise}`,
  ].join('  ');
}

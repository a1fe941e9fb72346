import type { Plan } from '../plan.js';
import type { Pair } from '../processes/pair.js';
import { type Trial, tryRate } from './open-loop-trial.js';
import { moment, type Window, windowBetween } from './window.js';
import { pause } from './within.js';

/** Calls a second: so few that the neighbour asks for nothing that a fair server could not give. */
const RATE = 100;
/** What the flood keeps in flight. */
const FLOOD = 10_000;

/** A flood begins with a burst, and the code for it is not compiled yet. In milliseconds. */
const SETTLE = 1_000;

/** What becomes of one connection's calls when another floods their server. */
export interface Neighbour {
  readonly alone: Trial;
  readonly beside: Trial;
  /** Of the flood, as long as the neighbour was measured. */
  readonly flood: Window;
}

/** The neighbour is a client in a process of its own, so that its latencies are the server's doing and not the flood's. */
export async function measureNeighbour(pair: Pair, { neighbourSeconds, payload }: Plan): Promise<Neighbour> {
  const client = await pair.addClient();
  client.hurry();
  const quiet = { client, sample: () => pair.sample() };
  await tryRate(quiet, RATE, 1, payload);
  const alone = await tryRate(quiet, RATE, neighbourSeconds, payload);
  await pair.start({ kind: 'closed', inFlight: FLOOD, payload });
  await pause(SETTLE);
  const before = await moment(pair);
  const beside = await tryRate(quiet, RATE, neighbourSeconds, payload);
  const flood = windowBetween(before, await moment(pair));
  await pair.stop();
  return { alone, beside, flood };
}

import type { MemorySample } from '../processes/memory.js';
import type { Pair } from '../processes/pair.js';
import { pause, within } from './within.js';

/** Bytes for each connection, or each call, on either side. */
export interface Share {
  readonly count: number;
  readonly server: MemorySample;
  readonly client: MemorySample;
}

/** What memory a contender takes while nothing moves. */
export interface Footprint {
  readonly perConnection: Share | undefined;
  readonly perCall: Share | undefined;
}

/** The share of connections over which nothing is said. */
export async function connectionShare(pair: Pair, count: number): Promise<Share> {
  const before = await memoryOf(pair);
  await pair.client.order('open', count + 1);
  const share = shareBetween(before, await memoryOf(pair), count);
  await pair.client.order('open', 1);
  return share;
}

/** The share of calls whose handlers do not answer, on one connection. */
export async function callShare(pair: Pair, count: number, payload: number): Promise<Share> {
  // Once in vain, so that neither code nor tables grow when it counts.
  await hold(pair, count, payload);
  await release(pair);
  const before = await memoryOf(pair);
  await hold(pair, count, payload);
  const share = shareBetween(before, await memoryOf(pair), count);
  await release(pair);
  return share;
}

async function hold(pair: Pair, count: number, payload: number): Promise<void> {
  await pair.start({ kind: 'held', count, payload });
  await within(30_000, allHeld(pair, count), `${count} calls in flight`);
}

async function release(pair: Pair): Promise<void> {
  await pair.server.order('release');
  await pair.stop();
}

async function allHeld(pair: Pair, count: number): Promise<void> {
  while ((await pair.server.order('held')) < count) {
    await pair.client.order('sample');
    await pause(20);
  }
}

interface Both {
  readonly server: MemorySample;
  readonly client: MemorySample;
}

async function memoryOf(pair: Pair): Promise<Both> {
  const [server, client] = await Promise.all([pair.server.order('memory'), pair.client.order('memory')]);
  return { server, client };
}

function shareBetween(before: Both, after: Both, count: number): Share {
  const share = (from: MemorySample, to: MemorySample): MemorySample => ({
    heap: (to.heap - from.heap) / count,
    external: (to.external - from.external) / count,
    resident: (to.resident - from.resident) / count,
  });
  return { count, server: share(before.server, after.server), client: share(before.client, after.client) };
}

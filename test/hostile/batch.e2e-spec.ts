import { expect } from '@jest/globals';

import { eventually } from '../support/eventually.js';
import type { Arena } from './support/arena.js';
import { seen } from './support/handlers.js';
import { threat } from './support/threat.js';

const MESSAGES = 10_000;

/** The most messages that were taken in one turn of the event loop. */
async function sendBatch(arena: Arena): Promise<number> {
  await arena.serve();
  const socket = await arena.socket();
  const batch = Buffer.concat(Array.from({ length: MESSAGES }, () => arena.request('event', '1', undefined)));
  let most = 0;
  let before = 0;
  let watching = true;
  const watch = (): void => {
    most = Math.max(most, seen.events - before);
    before = seen.events;
    if (watching) setImmediate(watch);
  };
  watch();
  socket.write(batch);
  await eventually(() => seen.events === MESSAGES);
  watching = false;
  return most;
}

threat('batch', {
  async ours(arena) {
    expect(await sendBatch(arena)).toBeLessThanOrEqual(512);
  },
  async tcp(arena) {
    expect(await sendBatch(arena)).toBeGreaterThan(1_000);
  },
});

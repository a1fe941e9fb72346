import { expect } from '@jest/globals';

import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import type { Arena } from './support/arena.js';
import { seen } from './support/handlers.js';
import { threat } from './support/threat.js';

const EVENTS = 2_000;

/** How many lines it took to log events that nobody has a handler for. */
async function sendUnknown(arena: Arena): Promise<number> {
  await arena.serve();
  const socket = await arena.socket();
  for (let i = 0; i < EVENTS; i++) socket.write(arena.request(`no such event ${i}`, '1', undefined));
  socket.write(arena.request('event', '1', undefined));
  await eventually(() => seen.events === 1);
  return logged.filter((line) => line.includes('no such event')).length;
}

threat('unknown', {
  async ours(arena) {
    expect(await sendUnknown(arena)).toBeLessThan(100);
    await eventually(() => logged.some((line) => /\d+ more like this/.test(line)));
  },
  async tcp(arena) {
    expect(await sendUnknown(arena)).toBe(EVENTS);
  },
});

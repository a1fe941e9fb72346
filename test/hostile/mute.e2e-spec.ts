import { expect } from '@jest/globals';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { eventually } from '../support/eventually.js';
import type { Arena } from './support/arena.js';
import { threat } from './support/threat.js';

/** Peers that say nothing to a server that asks each connection for a first message, beside a neighbour that says it. */
async function keepMute(arena: Arena): Promise<Socket[]> {
  await arena.serve(
    { firstMessage: { pattern: 'auth', accept: () => 'welcome', timeout: 100 } },
    { firstMessage: (connection) => connection.send('auth', 'the neighbour') },
  );
  return Promise.all(Array.from({ length: 10 }, () => arena.socket()));
}

threat('mute', {
  async ours(arena) {
    const sockets = await keepMute(arena);
    await eventually(() => sockets.every(({ destroyed }) => destroyed));
  },
  async tcp(arena) {
    const sockets = await keepMute(arena);
    await pause(400);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(0);
  },
});

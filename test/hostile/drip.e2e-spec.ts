import { expect } from '@jest/globals';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import type { Arena } from './support/arena.js';
import { threat } from './support/threat.js';

const PEERS = 20;

/** Several peers that send a byte of a message now and then, for three times as long as a message may take. */
async function drip(arena: Arena): Promise<Socket[]> {
  await arena.serve({ incompleteMessageTimeout: 1_000 });
  const sockets = await Promise.all(Array.from({ length: PEERS }, () => arena.socket()));
  const bytes = arena.request('echo', JSON.stringify('x'.repeat(1_000)), 1);
  for (let i = 0; i < 60; i++) {
    for (const socket of sockets) if (socket.writable) socket.write(bytes.subarray(i, i + 1));
    await pause(50);
  }
  return sockets;
}

threat('drip', {
  async ours(arena) {
    const sockets = await drip(arena);
    expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(0);
  },
  async tcp(arena) {
    const sockets = await drip(arena);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(0);
  },
});

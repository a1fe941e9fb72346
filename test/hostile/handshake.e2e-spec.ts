import { afterAll, expect } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { Certificate } from '../support/certificate.js';
import { eventually } from '../support/eventually.js';
import type { Arena } from './support/arena.js';
import { threat } from './support/threat.js';

const certificate = new Certificate();
afterAll(() => certificate.remove());

/** Peers that connect to a TLS server, and say nothing. */
async function keepSilent(arena: Arena): Promise<Socket[]> {
  const { cert, key } = certificate;
  await arena.serve({ tlsOptions: { cert, key, handshakeTimeout: 100 } }, { tlsOptions: { ca: cert } });
  const sockets = Array.from({ length: 10 }, () => connect(arena.port, '127.0.0.1'));
  arena.later(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.resume().on('error', () => undefined);
  return sockets;
}

threat('handshake', {
  async ours(arena) {
    const sockets = await keepSilent(arena);
    await eventually(() => sockets.every(({ destroyed }) => destroyed));
  },
  async tcp(arena) {
    const sockets = await keepSilent(arena);
    await pause(400);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(0);
  },
});

import { expect } from '@jest/globals';
import type { Socket } from 'node:net';

import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import type { ServerOptions } from '../nest-tcp/support/transports.js';
import type { Arena } from './support/arena.js';
import { threat } from './support/threat.js';

const PEERS = 100;

async function connect(arena: Arena, options: ServerOptions): Promise<Socket[]> {
  await arena.serve(options);
  return Promise.all(Array.from({ length: PEERS }, () => arena.socket()));
}

threat('connections', {
  async ours(arena) {
    const sockets = await connect(arena, { maxConnections: 40, maxConnectionsPerAddress: 30 });
    // The neighbour has one of them.
    await eventually(() => sockets.filter(({ destroyed }) => !destroyed).length === 29);
    const lines = logged.filter((line) => line.includes('There are 30 connections from 127.0.0.1'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(50);
  },
  async tcp(arena) {
    const sockets = await connect(arena, { maxConnections: 40 });
    expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(PEERS);
  },
});

import { expect } from '@jest/globals';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';

import type { Arena } from './support/arena.js';
import { Neighbour } from './support/neighbour.js';
import { ServerProcess } from './support/server-process.js';
import { threat } from './support/threat.js';

const DESCRIPTORS = 256;

async function exhaust({ later, transport }: Pick<Arena, 'later' | 'transport'>): Promise<void> {
  const server = await ServerProcess.start({
    transport: transport.name === 'TCP' ? 'tcp' : 'protosocket',
    descriptors: DESCRIPTORS,
  });
  later(() => server.stop());
  const { port } = await server.figures();
  const target = { host: '127.0.0.1', port };
  const [client, other] = [new transport.Client(target), new transport.Client(target)];
  later(() => Promise.all([client.close(), other.close()]));
  const neighbour = new Neighbour(client);
  await client.connect();
  const sockets = Array.from({ length: DESCRIPTORS * 3 }, () =>
    connect(target)
      .on('error', () => undefined)
      .resume(),
  );
  later(() => sockets.forEach((socket) => socket.destroy()));
  await pause(500);
  const { connections } = await server.figures();
  expect(connections).toBeGreaterThan(10);
  expect(connections).toBeLessThan(DESCRIPTORS);
  for (const socket of sockets) socket.destroy();
  while ((await server.figures()).connections > 1) await pause(5);
  expect(await lastValueFrom(other.send('echo', 'on'))).toBe('on');
  await neighbour.leave();
  expect(server.isRunning).toBe(true);
}

const attack = (arena: Arena): Promise<void> =>
  exhaust({ later: (cleanup) => arena.later(cleanup), transport: arena.transport });

threat('descriptors', { ours: attack, tcp: attack });

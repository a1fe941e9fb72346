import { expect } from '@jest/globals';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import type { Service } from '../nest-tcp/support/bench.js';
import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { closed } from './support/closed.js';
import type { Arena } from './support/arena.js';
import { threat } from './support/threat.js';

/** Has a peer ask for 64 MiB and read nothing; answers the server's end of its connection. */
async function ask(arena: Arena, service: Service): Promise<Socket> {
  const socket = (await arena.socket()).pause();
  socket.write(Buffer.concat(Array.from({ length: 64 }, (_, i) => arena.request('megabyte', '1', i + 1))));
  const { localPort } = socket;
  let attacked: Socket | undefined;
  await eventually(() => {
    attacked = service.connections().find(({ remotePort }) => remotePort === localPort);
    return attacked !== undefined;
  });
  return attacked!;
}

threat('unread', {
  async ours(arena) {
    const service = await arena.serve({ writeTimeout: 200 });
    const attacked = await ask(arena, service);
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, attacked.writableLength)), 1);
    await closed(attacked);
    clearInterval(watch);
    // The limit, and the reply that went over it.
    expect(most).toBeLessThan(18 * 1024 * 1024);
    expect(logged.join('\n')).toContain('The peer took nothing for 200 ms');
  },
  async tcp(arena) {
    const service = await arena.serve();
    const attacked = await ask(arena, service);
    await eventually(() => attacked.writableLength > 32 * 1024 * 1024);
    await pause(400);
    expect(attacked.destroyed).toBe(false);
  },
});

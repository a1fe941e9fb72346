import { expect } from '@jest/globals';

import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { closed } from './support/closed.js';
import type { Arena } from './support/arena.js';
import { threat } from './support/threat.js';

async function sendGarbage(arena: Arena, bytes: Buffer): Promise<string> {
  await arena.serve();
  const socket = await arena.socket();
  const end = closed(socket);
  socket.write(bytes);
  await end;
  await eventually(() => logged.length > 0);
  return logged.join('\n');
}

threat('garbage', {
  async ours(arena) {
    const log = await sendGarbage(arena, Buffer.concat([Buffer.alloc(11, 0xff), Buffer.from('hunter2')]));
    expect(log).toMatch(/^warn: Connection of [\w.:]+ closed: The peer sent bytes that begin no frame$/);
  },
  async tcp(arena) {
    expect(await sendGarbage(arena, Buffer.from('9#{"hunter2'))).toBe(
      'error: The invalid received message from tcp server',
    );
  },
});

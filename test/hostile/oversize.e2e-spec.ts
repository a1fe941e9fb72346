import { expect } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';

import { writeVarint } from '../../lib/wire/index.js';
import { closed } from './support/closed.js';
import { threat } from './support/threat.js';

const maxBufferSize = 10_000;

threat('oversize', {
  async ours(arena) {
    await arena.serve({ maxBufferSize });
    const socket = await arena.socket();
    const end = closed(socket);
    const prefix = Buffer.alloc(10);
    socket.write(prefix.subarray(0, writeVarint(prefix, 0, maxBufferSize)));
    await end;
  },
  async tcp(arena) {
    await arena.serve({ maxBufferSize });
    const socket = await arena.socket();
    const end = closed(socket);
    socket.write(`${maxBufferSize * 10}#`);
    await pause(50);
    expect(socket.destroyed).toBe(false);
    socket.write('x'.repeat(maxBufferSize + 1));
    await end;
  },
});

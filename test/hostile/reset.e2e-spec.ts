import { expect } from '@jest/globals';

import { builtInCodec } from '../../lib/contract/index.js';
import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { frameOf } from '../support/messages.js';
import { closed } from './support/closed.js';
import { seen } from './support/handlers.js';
import { threat } from './support/threat.js';

const PAIRS = 20_000;

threat('reset', {
  async ours(arena) {
    await arena.serve();
    const socket = await arena.socket();
    const end = closed(socket);
    for (let id = 1; id <= PAIRS; id++) {
      socket.write(arena.request('work', '1', id));
      socket.write(frameOf(builtInCodec(), { id, code: 1 }));
    }
    await end;
    expect(seen.most).toBe(1_024);
    expect(logged.join('\n')).toContain('The peer sent over 10000 Cancels');
  },
  async tcp(arena) {
    await arena.serve();
    const socket = await arena.socket();
    for (let id = 1; id <= 3_000; id++) socket.write(arena.request('work', '1', id));
    await eventually(() => seen.live === 3_000);
    const gone = closed(socket);
    socket.destroy();
    await gone;
    expect(seen.live).toBe(3_000);
  },
});

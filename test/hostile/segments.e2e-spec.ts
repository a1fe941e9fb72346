import { expect } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';

import { writeVarint } from '../../lib/wire/index.js';
import { eventually } from '../support/eventually.js';
import type { Arena } from './support/arena.js';
import { seen } from './support/handlers.js';
import { threat } from './support/threat.js';

const PEERS = 100;

/** One peer that sends whole messages byte by byte, and many that have announced what never comes. */
async function trickle(arena: Arena, beginning: Buffer): Promise<void> {
  await arena.serve();
  for (let i = 0; i < PEERS; i++) (await arena.socket()).write(beginning);
  const socket = (await arena.socket()).setNoDelay();
  const before = seen.echoes;
  for (const byte of Buffer.concat([1, 2, 3].map((id) => arena.request('echo', '"whole"', id)))) {
    socket.write(Buffer.of(byte));
    await turn();
  }
  await eventually(() => seen.echoes >= before + 3);
}

threat('segments', {
  async ours(arena) {
    const prefix = Buffer.alloc(20);
    const end = writeVarint(prefix, 0, 4 * 1024 * 1024 - 4);
    const before = process.memoryUsage().arrayBuffers;
    await trickle(arena, prefix.subarray(0, end + 5));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(PEERS * 1024 * 1024);
  },
  tcp: (arena) => trickle(arena, Buffer.from('4000000#[1,2,')),
});

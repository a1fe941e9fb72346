import { expect } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';

import { eventually } from '../support/eventually.js';
import { RawPeer } from '../support/raw-peer.js';
import { seen } from './support/handlers.js';
import { threat } from './support/threat.js';

const DEPTH = 100_000;
const json = '['.repeat(DEPTH) + ']'.repeat(DEPTH);

/** Whether this Node can make JSON of it again: Node 20 reads what is as deep, and cannot write it; Node 26 can. */
function canBeWritten(): boolean {
  try {
    return JSON.stringify(JSON.parse(json)) === json;
  } catch {
    return false;
  }
}

threat('deep', {
  async ours(arena) {
    await arena.serve();
    const peer = new RawPeer(arena.port);
    arena.later(() => peer.socket.destroy());
    peer.socket.write(arena.request('work', json, 1));
    await peer.answered(1);
    expect(peer.messages[0]?.status?.code).toBe('UNREADABLE_PAYLOAD');
    expect(seen.most).toBe(0);
  },
  async tcp(arena) {
    await arena.serve();
    const socket = await arena.socket();
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    socket.write(arena.request('work', json, 1));
    await eventually(() => seen.live === 1);
    socket.write(arena.request('echo', json, 2));
    if (canBeWritten()) {
      await eventually(() => received > json.length);
      return;
    }
    await pause(200);
    expect(received).toBe(0);
  },
});

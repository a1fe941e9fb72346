import { expect } from '@jest/globals';

import { RawPeer } from '../support/raw-peer.js';
import { eventually } from '../support/eventually.js';
import { threat } from './support/threat.js';

const json = '{"__proto__":{"admin":true}}';

threat('proto', {
  async ours(arena) {
    await arena.serve();
    const peer = new RawPeer(arena.port);
    arena.later(() => peer.socket.destroy());
    peer.socket.write(arena.request('merge', json, 1));
    await peer.answered(1);
    expect(peer.messages[0]?.body).toBe(false);
  },
  async tcp(arena) {
    await arena.serve();
    const socket = await arena.socket();
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += String(chunk)));
    socket.write(arena.request('merge', json, 1));
    await eventually(() => received.includes('}'));
    expect(received).toContain('"response":true');
  },
});

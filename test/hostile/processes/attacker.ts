import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';

import { builtInCodec, type Message } from '../../../lib/contract/index.js';
import { frameOf } from '../../support/messages.js';

const [attack, portText, countText, transport] = process.argv.slice(2);
const count = Number(countText);
const sockets: Socket[] = [];

function open(): Socket {
  const address = { port: Number(portText), host: '127.0.0.1' };
  const socket = transport === 'tls' ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address);
  sockets.push(socket.on('error', () => undefined));
  return socket;
}

const connected = (socket: Socket): Promise<unknown> => once(socket, transport === 'tls' ? 'secureConnect' : 'connect');

const frame = (message: Partial<Message>): Buffer => frameOf(builtInCodec(), { id: 1, code: 0, ...message });

async function allClosed(): Promise<void> {
  while (sockets.some(({ destroyed }) => !destroyed)) await pause(10);
}

/** Makes calls over each connection, and reads nothing of what comes. */
function askWithoutReading(route: string, times: number): void {
  const requests = Array.from({ length: times }, (_, i) => frame({ id: i + 1, route, body: 0 }));
  for (const socket of sockets) socket.pause().write(Buffer.concat(requests));
}

/** Opens all the connections, a hundred at a time. */
async function openAll(): Promise<void> {
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, open);
    await Promise.all(batch.map(connected));
    for (const socket of batch) socket.resume();
  }
}

const attacks: Record<string, () => Promise<number>> = {
  /** Asks and cancels, over one connection. Answers how many pairs it came to. */
  async reset() {
    const socket = open().resume();
    await once(socket, 'connect');
    let id = 1;
    while (id <= count && !socket.destroyed) {
      const pairs: Buffer[] = [];
      for (const end = Math.min(id + 500, count + 1); id < end; id++) {
        pairs.push(frame({ id, route: 'work', body: 0 }), frame({ id, code: 1 }));
      }
      // It may well be cut while it waits.
      if (!socket.write(Buffer.concat(pairs))) await new Promise((go) => socket.once('drain', go).once('close', go));
    }
    if (!socket.destroyed) {
      // The last answer says that all has been read.
      socket.write(frame({ id, route: 'echo', body: 0 }));
      while (!socket.destroyed && socket.writableLength > 0) await pause(1);
    }
    return id - 1;
  },

  /**
   * Sends a byte of a message every second, over each connection, until all are closed. Answers how long it took, in ms, from
   * the first byte of the one that was closed latest.
   */
  async drip() {
    await openAll();
    let longest = 0;
    const bytes = frame({ route: 'echo', body: 'x'.repeat(1_000) });
    for (const socket of sockets) {
      socket.write(bytes.subarray(0, 3));
      const began = performance.now();
      socket.once('close', () => (longest = Math.max(longest, performance.now() - began)));
    }
    const timer = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('x');
    }, 1_000);
    await allClosed();
    clearInterval(timer);
    return longest;
  },

  /** Opens connections, and says nothing. */
  async idle() {
    await openAll();
    return sockets.length;
  },

  /** Asks for 100 MiB over each connection, and reads nothing. */
  async unread() {
    await openAll();
    askWithoutReading('megabyte', 100);
    return sockets.length;
  },

  /** Asks for a stream without an end over each connection, and reads nothing. */
  async endless() {
    await openAll();
    askWithoutReading('endless', 1);
    return sockets.length;
  },
};

process.on('message', () => void attacks[attack!]!().then((figure) => process.send!(figure)));
process.on('disconnect', () => process.exit());
process.send!('ready');

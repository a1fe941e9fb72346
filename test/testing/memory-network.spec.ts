import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

import { MemoryNetwork, type MemoryNetworkOptions } from '../../lib/testing/memory-network.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';
import { turn } from '../support/turn.js';

const address = { host: 'localhost', port: 3000 };
const servers: Server[] = [];

async function serve(
  network: MemoryNetwork,
  onConnection: (socket: Socket) => void = () => undefined,
): Promise<Server> {
  const server = network.createServer(undefined, onConnection);
  servers.push(server);
  server.listen(address);
  await once(server, 'listening');
  return server;
}

interface Pair {
  readonly network: MemoryNetwork;
  readonly client: Socket;
  readonly server: Socket;
}

async function pairOf(options?: MemoryNetworkOptions): Promise<Pair> {
  const network = new MemoryNetwork(options);
  const accepted = new Promise<Socket>((resolve) => void serve(network, resolve));
  await turn();
  const client = network.connect(address);
  await once(client, 'connect');
  const server = await accepted;
  for (const socket of [client, server]) socket.on('error', () => undefined);
  return { network, client, server };
}

/** What comes out of a socket, in the pieces in which it comes. */
function piecesOf(socket: Socket): Buffer[] {
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  return pieces;
}

describe('MemoryNetwork', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('carries bytes both ways, in order', async () => {
    const { client, server } = await pairOf();
    const [up, down] = [piecesOf(server), piecesOf(client)];
    for (let i = 0; i < 100; i++) {
      client.write(`to ${i};`);
      server.write(`from ${i};`);
    }
    client.end();
    await once(client, 'close');
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    expect(Buffer.concat(up).toString()).toBe(numbers.map((i) => `to ${i};`).join(''));
    expect(Buffer.concat(down).toString()).toBe(numbers.map((i) => `from ${i};`).join(''));
  });

  it('cuts what is sent into pieces, the same for the same seed', async () => {
    const lengths = async (options: MemoryNetworkOptions): Promise<number[]> => {
      const { client, server } = await pairOf(options);
      const pieces = piecesOf(server);
      client.end(Buffer.alloc(10_000));
      await once(server, 'end');
      return pieces.map(({ length }) => length);
    };
    const [first, again, other] = [await lengths({ seed: 5 }), await lengths({ seed: 5 }), await lengths({ seed: 6 })];
    expect(first.length).toBeGreaterThan(1);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(await lengths({ split: false })).toEqual([10_000]);
  });

  it('does not see what a sender writes over after it was taken', async () => {
    const { client, server } = await pairOf();
    const pieces = piecesOf(server);
    const bytes = Buffer.from('first');
    await new Promise((resolve) => client.write(bytes, resolve));
    bytes.write('later');
    client.end();
    await once(server, 'end');
    expect(Buffer.concat(pieces).toString()).toBe('first');
  });

  it('takes no more from a sender than a window, while its receiver does not read', async () => {
    const { client, server } = await pairOf();
    for (let i = 0; i < 100; i++) client.write(Buffer.alloc(16 * 1024));
    await turn();
    // What the receiver buffers for itself comes on top.
    expect(client.writableLength).toBeGreaterThan(1024 * 1024);
    const pieces = piecesOf(server);
    await eventually(() => Buffer.concat(pieces).length === 100 * 16 * 1024);
    expect(client.writableLength).toBe(0);
  });

  it('takes as long as it is told', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork({ latency: 50 }, clock);
    const server = network.createServer(undefined, (socket) => socket.pipe(socket));
    server.listen(address);
    const client = network.connect(address);
    let echoed = 0;
    client.on('data', ({ length }: Buffer) => (echoed += length));
    client.write('hello');
    const seen: number[] = [];
    for (let time = 0; time <= 200; time += 50) {
      await turn();
      seen.push(echoed);
      clock.advance(50);
    }
    // To connect, there, and back.
    expect(seen).toEqual([0, 0, 0, 5, 5]);
    client.destroy();
  });

  it('says FIN behind all that was written', async () => {
    const { client, server } = await pairOf();
    const pieces = piecesOf(server);
    client.resume().end(Buffer.alloc(200_000));
    await once(client, 'close');
    expect(Buffer.concat(pieces)).toHaveLength(200_000);
    expect([client.destroyed, server.destroyed]).toEqual([true, true]);
  });

  it('resets the peer of a socket that is destroyed with something unread, or written to after it is gone', async () => {
    const unread = await pairOf();
    unread.client.write('nobody reads this');
    await turn();
    unread.server.destroy();
    const [lost] = (await once(unread.client, 'error')) as [NodeJS.ErrnoException];
    expect(lost.code).toBe('ECONNRESET');

    const late = await pairOf();
    late.server.destroy();
    late.client.write('too late');
    const [reset] = (await once(late.client, 'error')) as [NodeJS.ErrnoException];
    expect(reset.code).toBe('ECONNRESET');
  });

  it('cuts connections', async () => {
    const { client, network, server } = await pairOf();
    const closed = Promise.all([client, server].map((socket) => once(socket, 'error')));
    network.cut();
    for (const [error] of await closed) expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(network.links).toEqual([]);
  });

  it('stalls, and then lets all arrive', async () => {
    const { client, network, server } = await pairOf();
    const pieces = piecesOf(server);
    network.stall();
    client.write('hello');
    const later = network.connect(address);
    let connected = false;
    later.once('connect', () => (connected = true));
    for (let i = 0; i < 10; i++) await turn();
    expect([pieces, connected]).toEqual([[], false]);
    network.flow();
    await eventually(() => Buffer.concat(pieces).toString() === 'hello' && connected);
    for (const socket of [client, later]) socket.destroy();
  });

  it('stalls one connection, and no other', async () => {
    const { client, network, server } = await pairOf();
    const pieces = piecesOf(server);
    network.links[0]!.stall();
    client.write('held');
    const echo = network.connect(address);
    await once(echo, 'connect');
    expect(network.links).toHaveLength(2);
    for (let i = 0; i < 10; i++) await turn();
    expect(pieces).toEqual([]);
    network.links[0]!.flow();
    await eventually(() => Buffer.concat(pieces).toString() === 'held');
    for (const socket of [client, echo]) socket.destroy();
  });

  it('refuses where nobody listens, or when it is told to', async () => {
    const network = new MemoryNetwork();
    const [nobody] = (await once(network.connect(address), 'error')) as [NodeJS.ErrnoException];
    expect(nobody.code).toBe('ECONNREFUSED');
    const server = await serve(network);
    network.refuses = true;
    const [refused] = (await once(network.connect(address), 'error')) as [NodeJS.ErrnoException];
    expect(refused.code).toBe('ECONNREFUSED');
    network.refuses = false;
    const client = network.connect(address);
    await once(client, 'connect');
    client.destroy();
    server.close();
    const [closed] = (await once(network.connect(address), 'error')) as [NodeJS.ErrnoException];
    expect(closed.code).toBe('ECONNREFUSED');
  });

  it('has one server for an address, and ports of its own for those who ask for none', async () => {
    const network = new MemoryNetwork();
    await serve(network);
    const second = network.createServer(undefined, () => undefined);
    second.listen(address);
    const [taken] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect(taken.code).toBe('EADDRINUSE');
    const ports = [1, 2].map(() => {
      const server = network.createServer(undefined, () => undefined);
      servers.push(server);
      server.listen({ host: 'localhost', port: 0 });
      return (server.address() as { port: number }).port;
    });
    expect(new Set(ports).size).toBe(2);
  });

  it('closes a server once its last connection is gone', async () => {
    const { client, network } = await pairOf();
    const [server] = servers.splice(0);
    let closed = false;
    server!.close(() => (closed = true));
    await turn();
    expect(closed).toBe(false);
    client.destroy();
    network.links[0]?.server.resume();
    await eventually(() => closed);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';

import { Connection, type ConnectionLimits, defaultConnectionLimits } from '../../lib/connection/index.js';
import { builtInCodec, type Message } from '../../lib/contract/index.js';
import { ResourceExhaustedError } from '../../lib/errors/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { eventually } from '../support/eventually.js';
import { RecordedReceiver } from '../support/recorded-receiver.js';
import { closeSocketPairs, socketPair } from '../support/socket-pair.js';
import { turn } from '../support/turn.js';

const { Cancel, End, Normal } = ControlCode;
const message = (id: number, size: number): Message => ({ id, code: Normal, body: Buffer.alloc(size, id) });

interface Side {
  connection: Connection;
  receiver: RecordedReceiver;
}

function start(socket: Socket, limits: Partial<ConnectionLimits> = {}, { answers = false } = {}): Side {
  const connection = new Connection(socket, builtInCodec(), builtInCodec(), { ...defaultConnectionLimits, ...limits });
  const receiver = new RecordedReceiver();
  connection.start(receiver, { answers });
  return { connection, receiver };
}

/** Sends until the kernel takes no more, and a little beyond; answers how many messages that were. */
async function block({ connection }: Side): Promise<number> {
  let id = 0;
  while (connection.hasRoom) {
    connection.send(message(++id, 100_000));
    await turn();
  }
  return id;
}

describe('Connection on TCP', () => {
  afterEach(closeSocketPairs);

  it('carries messages of all sizes both ways at once, in order', async () => {
    const [near, far] = await socketPair();
    const sides = [start(near), start(far, {}, { answers: true })];
    const sizes = Array.from({ length: 400 }, (_, i) => (i * i * 37) % (i % 20 === 0 ? 300_000 : 2_000));
    for (const { connection } of sides) {
      for (const [i, size] of sizes.entries()) {
        connection.send(message(i + 1, size));
        if (i % 50 === 0) await turn();
      }
    }
    await eventually(() => sides.every(({ receiver }) => receiver.messages.length === sizes.length));
    for (const { receiver } of sides) {
      const right = receiver.messages.every(
        ({ body, id }, i) => id === i + 1 && Buffer.alloc(sizes[i]!, i + 1).equals(body as Buffer),
      );
      expect(right).toBe(true);
    }
  });

  it('has no room while the peer does not read, and room again once it does', async () => {
    const [near, far] = await socketPair();
    const sender = start(near);
    const sent = await block(sender);
    expect(sender.receiver.rooms).toBe(0);
    const { receiver } = start(far);
    await eventually(() => sender.connection.hasRoom);
    expect(sender.receiver.rooms).toBe(1);
    await eventually(() => receiver.messages.length === sent);
  });

  it('reads no more from a peer that does not take its replies, and all of it later', async () => {
    const [near, far] = await socketPair();
    const server = start(near, {}, { answers: true });
    await block(server);
    const client = start(far);
    far.pause();
    for (let id = 1; id <= 10; id++) client.connection.send(message(id, 10));
    await turn();
    expect(server.receiver.messages).toEqual([]);
    far.resume();
    await eventually(() => server.receiver.messages.length === 10);
  });

  it('refuses what is too much for a peer that does not read, but no Cancel and no End', async () => {
    const [near, far] = await socketPair();
    const sender = start(near, { maxSendBufferSize: 1 });
    const sent = await block(sender);
    expect(() => sender.connection.send(message(1, 0))).toThrow(ResourceExhaustedError);
    sender.connection.send({ id: 8, code: Cancel });
    sender.connection.send({ id: 9, code: End });
    const { receiver } = start(far);
    await eventually(() => receiver.messages.length === sent + 2);
    expect(receiver.messages.slice(-2).map(({ id }) => id)).toEqual([8, 9]);
  });

  it('closes when the peer takes nothing for writeTimeout', async () => {
    const [near] = await socketPair();
    const sender = start(near, { writeTimeout: 50 });
    await block(sender);
    await eventually(() => sender.receiver.causes.length > 0);
    expect(sender.receiver.causes).toEqual([expect.any(ResourceExhaustedError)]);
  });

  it('does not close when the peer takes a large message bit by bit', async () => {
    const [near, far] = await socketPair();
    const limits = { maxBufferSize: 64_000_000, writeTimeout: 1_500 };
    const sender = start(near, limits);
    // The kernel has to be full, for it takes a part of the message at once.
    sender.connection.send(message(1, 32_000_000));
    await turn();
    expect(sender.connection.hasRoom).toBe(false);
    let taken = 0;
    far.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      far.pause();
    });
    const started = performance.now();
    const drip = setInterval(() => far.resume(), 10);
    await eventually(() => performance.now() - started > 3_500);
    clearInterval(drip);
    expect(taken).toBeLessThan(32_000_000);
    expect(sender.receiver.causes).toEqual([]);
    far.on('data', () => far.resume()).resume();
    await eventually(() => sender.connection.hasRoom);
  });

  it('ends with all that was sent before its FIN', async () => {
    const [near, far] = await socketPair();
    const sender = start(near);
    const { receiver } = start(far);
    for (let id = 1; id <= 50; id++) sender.connection.send(message(id, 100_000));
    await sender.connection.end();
    await eventually(() => receiver.causes.length > 0);
    expect(receiver.messages).toHaveLength(50);
    expect([...sender.receiver.causes, ...receiver.causes]).toEqual([undefined, undefined]);
  });

  it('cuts a peer that does not answer its FIN', async () => {
    const [near, far] = await socketPair();
    far.resume();
    const { connection, receiver } = start(near);
    await connection.end();
    expect(receiver.causes).toEqual([undefined]);
    expect(near.destroyed).toBe(true);
  });

  it('tells the reset of the peer as the cause', async () => {
    const [near, far] = await socketPair();
    const { receiver } = start(near);
    far.resetAndDestroy();
    await eventually(() => receiver.causes.length > 0);
    expect(receiver.causes).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
  });
});

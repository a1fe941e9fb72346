import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { echo, framed, unary } from '../support/echo-frames.js';
import { type ClientPeer, clientFacts, type ServerPeer, serverFacts } from '../support/facts.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

const LIMIT = 4 * 1024 * 1024;

/** A frame of `size` bytes, prefix included. */
function sized(size: number, frameOf: (text: string) => Buffer): Buffer {
  // As long as to have lengths of as many bytes.
  const sample = size - 100;
  return frameOf('x'.repeat(sample + size - frameOf('x'.repeat(sample)).length));
}

/** The length of a body as a varint of `count` bytes, however few would do. */
function longPrefix(length: number, count: number): Buffer {
  const prefix = Buffer.alloc(count, 0x80);
  prefix[0] = length | 0x80;
  prefix[count - 1] = 0;
  return prefix;
}

const HUGE = hex('ffffffffffffffffff01');
const UNREADABLE = Buffer.alloc(11, 0xff);

const undecodable: [string, Buffer][] = [
  ['a field of no known type', hex('0f')],
  ['a field 0', hex('0001')],
  ['a length beyond the frame', hex('1a7f0a')],
  ['a number that is cut off', hex('08ff')],
  ['text that is no UTF-8', hex('08011a040a02c328')],
];

const told = async (server: ServerPeer, ...frames: Buffer[]): Promise<unknown> => {
  const connection = await server.connect();
  connection.send(...frames);
  return { fate: await connection.fate(), heard: connection.heard, errors: server.errors };
};

/** Whether the process works, though there is nothing to do; unknown where the system does not tell. */
async function isBusy(server: ServerPeer): Promise<boolean | undefined> {
  const before = server.cpuTime?.();
  if (before === undefined) return undefined;
  // This machine may be busy with other things.
  for (const until = Date.now() + 3_000; Date.now() < until; await sleep(20)) {
    if (server.cpuTime!()! - before > 15) return true;
  }
  return false;
}

serverFacts('frames', [
  {
    fact: 1,
    shows: 'a frame of 4 MiB, prefix included, is taken, and one as large is sent',
    uncut: true,
    async steps(server) {
      const connection = await server.connect();
      connection.send(sized(LIMIT, (text) => unary(1, text)));
      const [reply] = await connection.frames(1);
      return { reply, bytes: connection.bytes.length };
    },
    expected: { reply: expect.stringMatching(/^echo 1 \d+ characters$/), bytes: LIMIT },
  },
  {
    fact: 1,
    shows: 'who announces a byte more is disconnected at once',
    async steps(server) {
      const connection = await server.connect();
      connection.send(sized(LIMIT + 1, (text) => unary(1, text)).subarray(0, 4));
      return connection.fate();
    },
    expected: 'closed',
  },
  {
    fact: 2,
    shows: '11 bytes of 0xFF leave the connection open, and deaf',
    steps: (server) => told(server, UNREADABLE, unary(1, 'hello')),
    expected: { fate: 'open', heard: [], errors: [] },
    ours: {
      instead: 'it is closed with a typed error',
      because: 'no more bytes can make a frame of it',
      expected: { fate: 'closed', heard: [], errors: ['PROTOCOL_VIOLATION'] },
    },
  },
  {
    fact: 2,
    shows: '5 MiB of 0xFF keep the process busy for ever',
    uncut: true,
    async steps(server) {
      const connection = await server.connect();
      connection.send(Buffer.alloc(5 * 1024 * 1024, 0xff));
      const fate = await connection.fate();
      return { fate, isBusy: await isBusy(server) };
    },
    expected: { fate: 'open', isBusy: process.platform === 'linux' ? true : undefined },
    ours: {
      instead: 'the connection is closed at the 10th byte',
      because: 'anybody could stop the server with it',
      expected: { fate: 'closed', isBusy: undefined },
    },
  },
  {
    fact: 3,
    shows: 'who announces 2^64-1 bytes is disconnected',
    async steps(server) {
      const connection = await server.connect();
      connection.send(HUGE);
      return connection.fate();
    },
    expected: 'closed',
  },
  {
    fact: 3,
    shows: 'a prefix that is longer than need be is read in one segment',
    uncut: true,
    async steps(server) {
      const connection = await server.connect();
      const body = unary(1, 'hello').subarray(1);
      connection.send(longPrefix(body.length, 4), body);
      return connection.frames(1);
    },
    expected: ['echo 1 hello'],
  },
  {
    fact: 3,
    shows: 'and ends the connection when the last bytes of the body come later',
    uncut: true,
    async steps(server) {
      const connection = await server.connect();
      const body = unary(1, 'hello').subarray(1);
      connection.send(longPrefix(body.length, 4), body.subarray(0, -1));
      await sleep(20);
      connection.send(body.subarray(-1));
      return { fate: await connection.fate(), heard: connection.heard };
    },
    expected: { fate: 'closed', heard: [] },
    ours: {
      instead: 'it is read',
      because: 'nobody can choose how TCP cuts',
      expected: { fate: 'open', heard: ['echo 1 hello'] },
    },
  },
  {
    fact: 4,
    shows: 'it is a new rpc with id 0, and no sign of life',
    async steps(server) {
      const connection = await server.connect();
      connection.send(hex('00'), unary(1, 'hello'));
      return connection.frames(2);
    },
    expected: ['Cancel 0', 'echo 1 hello'],
  },
  ...undecodable.map(([name, body]) => ({
    fact: 5 as const,
    shows: `${name} ends the connection, with nothing said`,
    steps: (server: ServerPeer) => told(server, framed(body), unary(2, 'hello')),
    expected: { fate: 'closed', heard: [], errors: [] },
    ours: {
      instead: 'it does, and tells a typed error on its side',
      because: 'somebody has to learn of a peer that speaks another contract',
      expected: { fate: 'closed', heard: [], errors: ['PROTOCOL_VIOLATION'] },
    },
  })),
  {
    fact: 5,
    shows: 'a known field that is of another type ends the connection',
    steps: (server) => told(server, framed(hex('08010a0101')), unary(2, 'hello')),
    expected: { fate: 'closed', heard: [], errors: [] },
    ours: {
      instead: 'it is skipped, as an unknown field',
      because: 'protobufjs, as the implementations of Google, takes it for one',
      expected: { fate: 'open', heard: ['Cancel 1', 'echo 2 hello'], errors: [] },
    },
  },
]);

clientFacts('frames', [
  {
    fact: 1,
    shows: 'a reply of 4 MiB, prefix included, is taken',
    uncut: true,
    async steps(client) {
      const server = await client.listen((_, connection) => connection.send(sized(LIMIT, (text) => echo(1, text))));
      const [outcome] = await client.probe(server, 'unary');
      return { outcome: outcome!.slice(0, 10), isLong: outcome!.length > LIMIT - 100 };
    },
    expected: { outcome: 'ok xxxxxxx', isLong: true },
  },
  {
    fact: 1,
    shows: 'a server that announces a byte more is left',
    async steps(client) {
      const announced = sized(LIMIT + 1, (text) => echo(1, text)).subarray(0, 4);
      const server = await client.listen((_, connection) => connection.send(announced));
      return client.probe(server, 'unary');
    },
    expected: ['cancelled'],
    ours: {
      instead: 'the call ends with a typed error',
      because: 'nobody has cancelled it',
      expected: ['lost by PROTOCOL_VIOLATION'],
    },
  },
  {
    fact: 2,
    shows: 'after 11 bytes of 0xFF the client waits for ever',
    async steps(client) {
      const server = await client.listen((_, connection) => connection.send(UNREADABLE, echo(1, 'hello')));
      return client.probe(server, 'unary', { timeout: 400 });
    },
    expected: ['timeout'],
    ours: {
      instead: 'the call ends with a typed error',
      because: 'no more bytes can make a frame of it',
      expected: ['lost by PROTOCOL_VIOLATION'],
    },
  },
  {
    fact: 3,
    shows: 'neither writes a prefix that is longer than need be',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) => connection.send(echo(id, message)));
      const outcome = await client.probe(server, 'unary', { body: 'x'.repeat(100) });
      return { outcome, prefix: server.connections[0]!.bytes.subarray(0, 1).toString('hex') };
    },
    expected: { outcome: [`ok ${'x'.repeat(100)}`], prefix: expect.stringMatching(/^[67]/) },
  },
  {
    fact: 4,
    shows: 'it is a reply to a call 0 that there is not, and does no harm',
    async steps(client) {
      const server = await client.listen(({ id, message }, connection) =>
        connection.send(hex('00'), echo(id, message)),
      );
      return client.probe(server, 'unary');
    },
    expected: ['ok hello'],
  },
  ...undecodable.map(([name, body]) => ({
    fact: 5 as const,
    shows: `${name} ends the connection, and its calls as cancelled`,
    async steps(client: ClientPeer) {
      const server = await client.listen((_, connection) => connection.send(framed(body), echo(1, 'hello')));
      return client.probe(server, 'unary');
    },
    expected: ['cancelled'],
    ours: {
      instead: 'they are lost, with the reason',
      because: 'nobody has cancelled them',
      expected: ['lost by PROTOCOL_VIOLATION'],
    },
  })),
]);

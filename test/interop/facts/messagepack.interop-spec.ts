import { readFileSync } from 'node:fs';

import { clientFacts, type ServerPeer, serverFacts } from '../support/facts.js';
import type { Wire } from '../support/rust.js';

interface Vector {
  readonly format: string;
  readonly direction: string;
  readonly name: string;
  readonly hex: string;
}

const vectors = JSON.parse(readFileSync('test/interop/vectors/echo.json', 'utf8')) as readonly Vector[];

/** A frame as upstream's encoder writes it, in hex. */
function vector(direction: 'request' | 'response', name: string, format = 'messagepack'): string {
  return vectors.find((each) => each.direction === direction && each.name === name && each.format === format)!.hex;
}

const request = vector('request', 'id and nanotime 1');
const namedRequest = vector('request', 'id and nanotime 1', 'messagepack-named');
const reply = vector('response', 'echo, id and nanotime 1');
const namedReply = vector('response', 'echo, id and nanotime 1', 'messagepack-named');
const bodiless = vector('request', 'code normal, no body');
const cancelled = vector('response', 'code cancel, no kind');

const wire: Wire = { format: 'messagepack' };
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** What is said to `sent`, and whether the connection is open then. */
const answered =
  (sent: string, length: number) =>
  async (server: ServerPeer): Promise<unknown> => {
    const connection = await server.connect();
    connection.send(bytes(sent));
    const heard = await connection.hex(length);
    return { heard, isOver: connection.isOver, errors: server.errors };
  };

/** As one frame, whose declared length counts all of `frames` but the first one's prefix. */
function declaredAsOne(...frames: readonly string[]): string {
  const body = frames.join('').slice(10);
  return `ce${(body.length / 2).toString(16).padStart(8, '0')}${body}`;
}

const telling = {
  instead: 'it does, and tells a typed error on its side',
  because: 'somebody has to learn of a peer that speaks another contract',
  expected: { heard: '', isOver: true, errors: ['PROTOCOL_VIOLATION'] },
};

serverFacts('MessagePack', [
  {
    fact: 6,
    wire,
    shows: 'a frame is 0xCE, a u32 with the length, and the struct as an array',
    steps: answered(request, reply.length / 2),
    expected: { heard: reply, isOver: false, errors: [] },
  },
  {
    fact: 6,
    wire,
    shows: 'a struct may come as a map; the reply is an array all the same',
    steps: answered(namedRequest, reply.length / 2),
    expected: { heard: reply, isOver: false, errors: [] },
  },
  {
    fact: 6,
    wire,
    shows: 'an Option without a value is nil, both ways',
    steps: answered(bodiless, cancelled.length / 2),
    expected: { heard: cancelled, isOver: false, errors: [] },
  },
  ...[
    ['a length as a u16', `cd0011${request.slice(10)}`],
    ['a frame of protobuf', vectors.find(({ format }) => format === 'protobuf')!.hex],
    ['a length over the limit', 'ce00400000'],
    ['a body that is another struct', 'ce0000000193'],
    ['a variant that there is not', request.replace(/79$/, '78')],
  ].map(([name, sent]) => ({
    fact: 6 as const,
    wire,
    shows: `${name} ends the connection`,
    async steps(server: ServerPeer) {
      const connection = await server.connect();
      connection.send(bytes(sent!));
      const fate = await connection.fate();
      return { heard: connection.bytes.toString('hex'), isOver: fate === 'closed', errors: server.errors };
    },
    expected: { heard: '', isOver: true, errors: [] },
    ours: telling,
  })),
  {
    fact: 6,
    wire,
    shows: 'what follows the value in its frame is taken for the next frame',
    steps: answered(declaredAsOne(request, request), reply.length),
    expected: { heard: reply + reply, isOver: false, errors: [] },
    ours: {
      instead: 'it ends the connection',
      because: 'sides that disagree on where a frame ends agree on nothing after it',
      expected: { heard: '', isOver: true, errors: ['PROTOCOL_VIOLATION'] },
    },
  },
]);

clientFacts('MessagePack', [
  {
    fact: 6,
    wire,
    shows: 'a request is 0xCE, a u32 with the length, and the struct as an array',
    async steps(client) {
      const server = await client.accept((connection) => {
        connection.socket.once('data', () => connection.send(bytes(reply)));
      });
      const told = await client.probe(server, 'unary');
      return { told, heard: server.connections[0]!.bytes.toString('hex') };
    },
    expected: { told: ['ok hello'], heard: request },
  },
  {
    fact: 6,
    wire,
    shows: 'a reply may be a map',
    async steps(client) {
      const server = await client.accept((connection) => {
        connection.socket.once('data', () => connection.send(bytes(namedReply)));
      });
      return client.probe(server, 'unary');
    },
    expected: ['ok hello'],
  },
  {
    fact: 6,
    wire,
    shows: 'a reply with its length as a u16 ends the connection, and its calls as cancelled',
    async steps(client) {
      const server = await client.accept((connection) => {
        connection.socket.once('data', () => connection.send(bytes(`cd0011${reply.slice(10)}`)));
      });
      return client.probe(server, 'unary');
    },
    expected: ['cancelled'],
    ours: {
      instead: 'they are lost, with the reason',
      because: 'nobody has cancelled them',
      expected: ['lost by PROTOCOL_VIOLATION'],
    },
  },
]);

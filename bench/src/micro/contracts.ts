import type { Contract } from 'nestjs-protosocket';
import { messagePackContract, optional, string, struct, u32, u64, variants } from 'nestjs-protosocket/messagepack';
import { protobufContract } from 'nestjs-protosocket/protobuf';
import protobuf from 'protobufjs';

import { echoContract } from '../contenders/protosocket.js';
import { builtInContract, type Message, ShortReader, ShortWriter } from '../internals.js';
import { ECHO_PROTO } from '../workload/echo-proto.js';
import { echoOf } from '../workload/echo.js';
import { bytesOf, CollectingSink } from './collecting-sink.js';
import { keep, type Micro } from './micro.js';

const body = echoOf(123_456, 'x'.repeat(32));
const message: Message = { id: 123_456, code: 0, route: 'echo', body };
const calls = { routeOf: () => 'echo' };

function encode(name: string, write: (sink: CollectingSink) => void): Micro {
  const sink = new CollectingSink();
  return {
    name,
    run(count) {
      for (let index = 0; index < count; index++) {
        write(sink);
        sink.written();
      }
    },
  };
}

function decode(name: string, read: () => unknown): Micro {
  return {
    name,
    run(count) {
      for (let index = 0; index < count; index++) keep(read());
    },
  };
}

function ofContract(title: string, { replies, requests }: Contract): Micro[] {
  const request = bytesOf((buffer) => requests.encode(message, buffer));
  const reply = bytesOf((buffer) => replies.encode(message, buffer));
  return [
    encode(`${title}: encode request`, ({ buffer }) => requests.encode(message, buffer)),
    decode(`${title}: decode request`, () => requests.decode(request, 0, request.length, calls)),
    encode(`${title}: encode reply`, ({ buffer }) => replies.encode(message, buffer)),
    decode(`${title}: decode reply`, () => replies.decode(reply, 0, reply.length, calls)),
  ];
}

/** The messages of proto/echo.proto, as a Rust service would have them. */
const Echo = struct({ id: u64, message: string, nanotime: u64 });
const messagePack = (structs: 'array' | 'map'): Contract =>
  messagePackContract({
    request: struct({ id: u64, code: u32, call: variants({ echo: Echo }) }),
    response: struct({ id: u64, code: u32, reply: optional(variants({ echo: Echo })) }),
    structs,
  });

/** As large as services become: each call has one of a hundred arms. */
function largeProto(): protobuf.Root {
  const arms = ['echo', ...Array.from({ length: 99 }, (_, index) => `other${index}`)];
  const message = (name: string): string => `
    message ${name} {
      uint64 id = 1;
      uint32 code = 2;
      oneof arm { ${arms.map((arm, index) => `Echo ${arm} = ${index + 3};`).join(' ')} }
    }`;
  return protobuf.parse(`
    syntax = "proto3";
    message Echo { uint32 id = 1; string message = 2; uint64 nanotime = 3; }
    ${message('Request')} ${message('Response')}`).root;
}

/** What protobufjs does by itself, which this transport did once. */
function byProtobufjs(name: string, root: protobuf.Root, request: string): Micro {
  const type = root.lookupType(request);
  const bytes = type.encode(type.fromObject({ echo: body })).finish();
  return decode(name, () => type.toObject(type.decode(bytes), { defaults: true }));
}

const large = largeProto();
const largeContract = protobufContract({ proto: large, request: 'Request', response: 'Response' });

/** JSON between values and bytes: by the engine, and as the built-in contract has it for short values. */
function jsonOf(title: string, value: unknown): Micro[] {
  const bytes = Buffer.from(JSON.stringify(value));
  const out = Buffer.allocUnsafeSlow(1_024);
  const reader = new ShortReader(0);
  const writer = new ShortWriter();
  const byEngine = [
    decode(`JSON alone, ${title}: stringify`, () => out.write(JSON.stringify(value))),
    decode(`JSON alone, ${title}: parse`, () => JSON.parse(bytes.toString())),
  ];
  // What is short depends on the engine.
  if (!writer.write(value)) return byEngine;
  return [
    ...byEngine,
    decode(`JSON alone, ${title}: ShortWriter`, () => out.set(writer.write(value)!)),
    decode(`JSON alone, ${title}: ShortReader`, () => reader.read(bytes, 0, bytes.length)),
  ];
}

const order = {
  customer: { name: 'A. Customer', email: 'customer@example.org', isNew: true },
  items: [
    { article: 'A-1', count: 2, price: 19.99 },
    { article: 'B-7', count: 1, price: 4.5 },
  ],
  note: null,
};

export const contracts: Micro[] = [
  // What of the built-in contract is not the envelope.
  ...jsonOf('an echo', body),
  ...jsonOf('an order', order),
  ...ofContract('built-in contract', builtInContract()),
  ...ofContract('protobuf contract', echoContract()),
  ...ofContract('protobuf contract of 100 routes', largeContract),
  byProtobufjs('protobufjs alone: decode request', protobuf.loadSync(ECHO_PROTO), 'bench.Request'),
  byProtobufjs('protobufjs alone, 100 routes: decode request', large, 'Request'),
  ...ofContract('MessagePack, structs as arrays', messagePack('array')),
  ...ofContract('MessagePack, structs as maps', messagePack('map')),
];

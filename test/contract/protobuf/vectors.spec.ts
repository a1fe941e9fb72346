import { describe, expect, it } from '@jest/globals';
import { protobufContract } from 'nestjs-protosocket/protobuf';
import { readFileSync } from 'node:fs';

import { EncodedFrame } from '../../../lib/connection/encoded-frame.js';
import type { Codec, Message } from '../../../lib/contract/index.js';
import { ControlCode } from '../../../lib/wire/index.js';

interface Vector {
  readonly name: string;
  readonly direction: 'request' | 'response';
  readonly format: string;
  readonly hex: string;
  readonly message: Record<string, unknown>;
}

function vectorsOf(file: string): Vector[] {
  const vectors = JSON.parse(readFileSync(`test/interop/vectors/${file}.json`, 'utf8')) as Vector[];
  return vectors.filter(({ format }) => format === 'protobuf');
}

const named = (vectors: Vector[]): [string, Vector][] =>
  vectors.map((vector) => [`${vector.direction}: ${vector.name}`, vector]);

function encoded(codec: Codec, message: Message): string {
  const frame = new EncodedFrame(1024 * 1024);
  codec.encode(message, frame);
  return frame.whole.toString('hex');
}

function decoded(codec: Codec, { hex }: Vector, route: string | undefined): Message {
  const bytes = Buffer.from(hex, 'hex');
  expect(codec.measure(bytes, 0, bytes.length)).toBe(bytes.length);
  return codec.decode(bytes, 0, bytes.length, { routeOf: () => route });
}

/** As the vectors write values: 64 bits as text, bytes in hex, and nothing as null. */
function asVector(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asVector(item)]));
}

describe("upstream's echo contract", () => {
  const contract = protobufContract({
    proto: 'test/interop/proto/echo.proto',
    keepCase: true,
    request: 'Request',
    response: 'Response',
    route: 'response_behavior',
    routes: { Unary: { response: 'echo' }, Stream: { response: 'stream', reply: 'stream' } },
  });

  it.each(named(vectorsOf('echo')))('%s', (_, vector) => {
    const { code, request_id: id, response_behavior: behavior } = vector.message;
    if (vector.direction === 'request') {
      const message = decoded(contract.requests, vector, undefined);
      expect(String(message.id)).toBe(id);
      expect(message.code).toBe(code);
      if (code === ControlCode.Normal) {
        expect(message.route).toBe(behavior);
        expect(asVector((message.body as { body: unknown }).body)).toEqual(vector.message.body);
      }
      expect(encoded(contract.requests, message)).toBe(vector.hex);
      return;
    }
    const kind = vector.message.kind as Record<string, unknown> | null;
    const arm = Object.keys(kind ?? {})[0];
    // An End is a reply to streaming calls only.
    const route = arm === 'stream' || code === ControlCode.End ? 'Stream' : 'Unary';
    const message = decoded(contract.replies, vector, route);
    expect(String(message.id)).toBe(id);
    expect(message.code).toBe(code);
    expect(asVector(message.body)).toEqual(arm === undefined ? undefined : kind![arm]);
    expect(encoded(contract.replies, { ...message, route })).toBe(vector.hex);
  });
});

describe("rmemstore's contract", () => {
  const contract = protobufContract({
    proto: 'test/interop/proto/rmemstore.proto',
    request: 'rmemstore.Rpc',
    response: 'rmemstore.Response',
  });

  /** The vectors write a map's entries where its message is. */
  function flat(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const entries = (item as { map?: unknown } | null)?.map;
        return [key, flat(key === 'map' && entries ? entries : item)];
      }),
    );
  }

  // Rust leaves out a map's key or value that is empty; written or not, it means the same.
  const isWrittenOtherwise = ({ name }: Vector): boolean => /empty key|with nothing in it/.test(name);

  it.each(named(vectorsOf('rmemstore')))('%s', (_, vector) => {
    const { code, id } = vector.message;
    const arms = (vector.direction === 'request' ? vector.message.command : vector.message.kind) as object | null;
    const route = vector.direction === 'request' ? Object.keys(arms ?? {})[0] : 'get';
    const codec = vector.direction === 'request' ? contract.requests : contract.replies;
    const message = decoded(codec, vector, route);
    expect(String(message.id)).toBe(id);
    if (code !== ControlCode.Normal) {
      // To a call that is no stream an End alone is a Cancel.
      const isCancel = code === ControlCode.Cancel || vector.direction === 'response';
      expect(message.code).toBe(isCancel ? ControlCode.Cancel : ControlCode.End);
      if (message.code === code) expect(encoded(codec, message)).toBe(vector.hex);
      return;
    }
    expect(message.code).toBe(code);
    // Replies are whole responses here, and a request without a command has no route.
    const body = vector.direction === 'request' ? arms && { [message.route!]: message.body } : message.body;
    expect(flat(asVector(body))).toEqual(arms ?? (vector.direction === 'request' ? null : {}));
    if (arms === null || isWrittenOtherwise(vector)) return;
    expect(encoded(codec, { ...message, route, more: undefined })).toBe(vector.hex);
  });
});

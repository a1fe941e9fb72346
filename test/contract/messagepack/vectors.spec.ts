import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

import { ControlCode } from '../../../lib/wire/index.js';
import { echoContract, EchoRequest, EchoResponse } from '../../support/echo-messagepack.js';
import { formatOf, frameOf } from '../../support/messagepack.js';
import { frameOf as contractFrameOf } from '../../support/messages.js';

interface Vector {
  readonly name: string;
  readonly direction: 'request' | 'response';
  readonly format: string;
  readonly hex: string;
  readonly message: Record<string, unknown>;
}

const vectors = (JSON.parse(readFileSync('test/interop/vectors/echo.json', 'utf8')) as Vector[])
  .filter(({ format }) => format.startsWith('messagepack'))
  .map((vector): [string, Vector] => [`${vector.format}, ${vector.direction}: ${vector.name}`, vector]);

const isNamed = ({ format }: Vector): boolean => format === 'messagepack-named';

/** As the vectors write values: 64 bits as text, and the names of variants in lower case. */
function asVector(value: unknown, name = ''): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && name !== 'code')) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/^Echo$|^Stream$/, lower), asVector(item, key)]),
  );
}

/**
 * What is written in place of a vector. Integers from 2^32 to 2^63-1 are unsigned for rmp and signed for msgpackr; serde
 * reads a u64 from either.
 */
const asWritten = ({ hex, name }: Vector): string =>
  / 2\^(32|53-1|53)$/.test(name) ? hex.replace(/cf(00.{14})/g, 'd3$1') : hex;

const lower = (text: string): string => text.toLowerCase();

describe("upstream's vectors of the echo contract", () => {
  it('are there', () => expect(vectors).toHaveLength(172));

  describe('are read, and written to the byte', () => {
    it.each(vectors)('%s', (_, vector) => {
      const struct = vector.direction === 'request' ? EchoRequest : EchoResponse;
      const format = formatOf(struct, { structsAsMaps: isNamed(vector) });
      const bytes = Buffer.from(vector.hex, 'hex');
      expect(format.measure(bytes, 0, bytes.length)).toBe(bytes.length);
      const fields = format.read(bytes, 0, bytes.length);
      expect(asVector(fields)).toEqual(vector.message);
      expect(frameOf(format, fields).toString('hex')).toBe(asWritten(vector));
      const again = Buffer.from(asWritten(vector), 'hex');
      expect(format.read(again, 0, again.length)).toEqual(fields);
    });
  });

  describe('are messages of the contract', () => {
    it.each(vectors)('%s', (_, vector) => {
      const contract = echoContract({ structs: isNamed(vector) ? 'map' : 'array' });
      const bytes = Buffer.from(vector.hex, 'hex');
      const { code, kind, request_id: id, response_behavior: behavior } = vector.message;
      const arm = kind ? Object.keys(kind)[0]! : undefined;
      // An End is a reply to streaming calls only.
      const route = behavior ?? (arm === 'stream' || code === ControlCode.End ? 'Stream' : 'Unary');
      const codec = vector.direction === 'request' ? contract.requests : contract.replies;
      const message = codec.decode(bytes, 0, bytes.length, { routeOf: () => route as string });
      expect(String(message.id)).toBe(id);
      expect(message.code).toBe(code);
      if (vector.direction === 'request' && code === ControlCode.Normal) {
        expect(message.route).toBe(route);
        expect(asVector(message.body)).toEqual({ body: vector.message.body, response_behavior: behavior });
      } else if (code === ControlCode.Normal) {
        expect(asVector(message.body)).toEqual(arm && (kind as Record<string, unknown>)[arm]);
        expect(message.unreadable).toBeUndefined();
      }
      expect(contractFrameOf(codec, { ...message, route: route as string }).toString('hex')).toBe(asWritten(vector));
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs';

import { integerOf, isLong } from '../../../lib/contract/protobuf/long.js';
import { MessageReader } from '../../../lib/contract/protobuf/message-reader.js';
import { varintOf } from '../../support/protobuf.js';

type Read = (reader: protobuf.Reader) => unknown;

/** What was read, and how far: or that it could not be. */
function outcome(reader: protobuf.Reader, read: Read): unknown {
  try {
    const value = read(reader);
    const values = Array.isArray(value) ? (value as unknown[]) : [value];
    return [values.map((each) => (isLong(each) ? integerOf(each) : each)), reader.pos];
  } catch {
    return 'thrown';
  }
}

const varint = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
);
const varints = fc.array(varint, { maxLength: 4 }).map((all) => Buffer.concat(all.map(varintOf)));
const delimited = (content: Buffer): Buffer => Buffer.concat([varintOf(BigInt(content.length)), content]);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 24 }).map((array) => Buffer.from(array)),
  varints,
  varints.map(delimited),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => delimited(Buffer.from(array))),
  // As long as texts that are short are, and longer.
  fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => delimited(Buffer.from(text))),
);
const few = fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(3));

describe('MessageReader', () => {
  it.each<[string, Read]>([
    ['tag', (reader) => reader.tag()],
    ['size', (reader) => (reader as unknown as { size(): number }).size()],
    ['uint64', (reader) => reader.uint64()],
    ['int64', (reader) => reader.int64()],
    ['sint64', (reader) => reader.sint64()],
    ['fixed64', (reader) => reader.fixed64()],
    ['sfixed64', (reader) => reader.sfixed64()],
    ['uint64s', (reader) => reader.uint64s()],
    ['sfixed64s', (reader) => reader.sfixed64s()],
    ['stringVerify', (reader) => reader.stringVerify()],
  ])('reads with %s what protobufjs reads, wherever a message begins and ends', (_, read) => {
    let compared = 0;
    fc.assert(
      fc.property(bytes, few, few, (all, before, after) => {
        const readers = [new MessageReader(all), protobuf.Reader.create(all)];
        const [ours, expected] = readers.map((reader) => {
          reader.pos = Math.min(before, all.length);
          // What is behind a message is not of it.
          reader.len = Math.max(reader.pos, all.length - after);
          return outcome(reader, read);
        });
        if (expected !== 'thrown') compared++;
        expect(ours).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('takes no text for UTF-8 that is not, and any that is', () => {
    const read = (...text: number[]): string => new MessageReader(Buffer.from([text.length, ...text])).stringVerify();
    expect(read(0xef, 0xbf, 0xbd)).toBe('\ufffd');
    expect(() => read(0x61, 0xff)).toThrow('not valid');
    expect(() => read(...new Array<number>(60).fill(0x61), 0xff)).toThrow('not valid');
  });
});

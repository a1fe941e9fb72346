import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs';

import { longOf } from '../../../lib/contract/protobuf/long.js';
import { MessageWriter } from '../../../lib/contract/protobuf/message-writer.js';

type Write = (writer: protobuf.Writer) => void;

const number = fc.oneof(
  fc.nat(300),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, -0, 0x7f, 0x80, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -(2 ** 53) + 1),
);
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map((value) => longOf(value, value >= 0n));
const text = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 50 }),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.nat(300).map((length) => 'a'.repeat(length)),
  fc.tuple(fc.nat(140), fc.constantFrom('ü', '\ud800', '😀')).map(([length, last]) => 'a'.repeat(length) + last),
);

const each = <T>(values: fc.Arbitrary<T>, write: (writer: protobuf.Writer, value: T) => void): fc.Arbitrary<Write> =>
  values.map((value) => (writer) => write(writer, value));

/** What is overridden, among other things that move the writer on. */
const write = fc.oneof(
  each(number, (writer, value) => writer.uint32(value)),
  each(number, (writer, value) => writer.uint64(value)),
  each(number, (writer, value) => writer.int64(value)),
  each(long, (writer, value) => writer.uint64(value as unknown as protobuf.Long)),
  each(text, (writer, value) => writer.string(value)),
  each(text, (writer, value) => writer.fork().string(value).ldelim()),
);

function writtenBy(writer: protobuf.Writer, writes: readonly Write[]): Buffer {
  writer.reset();
  for (const write of writes) write(writer);
  const target = Buffer.alloc(writer.pos + 8, 0xee);
  writer.finishInto(target, 4);
  return target;
}

describe('MessageWriter', () => {
  it('writes what protobufjs writes, one message after another', () => {
    fc.assert(
      fc.property(fc.array(fc.array(write, { maxLength: 20 }), { maxLength: 5 }), (messages) => {
        const writer = new MessageWriter();
        for (const writes of messages) {
          const expected = writtenBy(protobuf.Writer.create(), writes);
          expect(writtenBy(writer, writes).toString('hex')).toBe(expected.toString('hex'));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('writes each message from where it is, also when it has grown for one', () => {
    const grown = new MessageWriter();
    for (const length of [3, 3, 1_000, 3, 250, 3]) {
      const letter = String.fromCharCode(0x61 + (length % 26));
      const writes: Write[] = [(writer) => writer.string(letter.repeat(length))];
      expect(writtenBy(grown, writes)).toEqual(writtenBy(protobuf.Writer.create(), writes));
    }
  });
});

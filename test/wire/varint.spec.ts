import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type MessageId, varintLength, VarintReader, writeVarint } from '../../lib/wire/index.js';
import { messageId } from '../support/messages.js';

const bytes = Buffer.alloc(32);

/** The varint of `value`, by its definition. */
function varintOf(value: bigint): number[] {
  const groups: number[] = [];
  let rest = value;
  do {
    groups.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  groups[groups.length - 1]! &= 0x7f;
  return groups;
}

function readerAt(offset: number): VarintReader {
  const reader = new VarintReader();
  reader.offset = offset;
  return reader;
}

describe('writeVarint', () => {
  it('writes every u64 as protobuf has it, as long as it said it would be', () => {
    fc.assert(
      fc.property(messageId, fc.nat(8), (value, offset) => {
        const end = writeVarint(bytes, offset, value);
        const expected = varintOf(BigInt(value));
        expect([...bytes.subarray(offset, end)]).toEqual(expected);
        expect(varintLength(value)).toBe(expected.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes the same for a number and for the bigint of its value', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const end = writeVarint(bytes, 0, value);
        const written = [...bytes.subarray(0, end)];
        expect(writeVarint(bytes, 0, BigInt(value))).toBe(end);
        expect([...bytes.subarray(0, end)]).toEqual(written);
        expect(varintLength(BigInt(value))).toBe(varintLength(value));
      }),
    );
  });
});

describe('VarintReader', () => {
  it('reads every u64, a number up to 2^53-1 and a bigint above, and stops just past it', () => {
    fc.assert(
      fc.property(messageId, fc.nat(8), (value, offset) => {
        const end = writeVarint(bytes, offset, value);
        const reader = readerAt(offset);
        expect(reader.uint64(bytes, bytes.length)).toBe(value);
        expect(reader.offset).toBe(end);
        expect(reader.failed).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, MessageId, string]>([
    ['2^53-1', Number.MAX_SAFE_INTEGER, 'number'],
    ['2^53', 2n ** 53n, 'bigint'],
    ['2^64-1', 2n ** 64n - 1n, 'bigint'],
  ])('has one form for %s', (_, value, form) => {
    writeVarint(bytes, 0, BigInt(value));
    const read = readerAt(0).uint64(bytes, bytes.length);
    expect(typeof read).toBe(form);
    expect(read).toBe(value);
  });

  it('reads the low 32 bits, and lengths as numbers', () => {
    fc.assert(
      fc.property(messageId, (value) => {
        writeVarint(bytes, 0, value);
        expect(readerAt(0).uint32(bytes, bytes.length)).toBe(Number(BigInt.asUintN(32, BigInt(value))));
        expect(readerAt(0).length(bytes, bytes.length)).toBe(Number(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads a varint that is longer than it need be', () => {
    fc.assert(
      fc.property(messageId, fc.nat(9), (value, padding) => {
        const groups = varintOf(BigInt(value));
        while (groups.length < 10 && groups.length <= padding) {
          groups[groups.length - 1]! |= 0x80;
          groups.push(0);
        }
        for (const read of ['uint64', 'length'] as const) {
          const reader = readerAt(0);
          const expected = read === 'length' ? Number(value) : value;
          expect(reader[read](Buffer.from(groups), groups.length)).toBe(expected);
          expect(reader.offset).toBe(groups.length);
        }
      }),
    );
  });

  it('fails for a varint that is cut off anywhere, even where the buffer goes on', () => {
    fc.assert(
      fc.property(
        messageId,
        fc.constantFrom('uint32' as const, 'uint64' as const, 'length' as const),
        (value, read) => {
          const length = writeVarint(bytes, 0, value);
          for (let end = 0; end < length; end++) {
            const reader = readerAt(0);
            expect(reader[read](bytes, end)).toBe(0);
            expect(reader.failed).toBe(true);
          }
        },
      ),
    );
  });

  it.each(['uint32', 'uint64', 'length'] as const)('%s fails for a varint of 11 bytes', (read) => {
    const reader = readerAt(0);
    reader[read](Buffer.from([...Array<number>(10).fill(0x80), 0x01]), 11);
    expect(reader.failed).toBe(true);
  });

  it('reads one after another', () => {
    let end = 0;
    for (const value of [1, 300, 2n ** 60n, 0]) end = writeVarint(bytes, end, value);
    const reader = readerAt(0);
    expect([
      reader.uint32(bytes, end),
      reader.length(bytes, end),
      reader.uint64(bytes, end),
      reader.uint32(bytes, end),
    ]).toEqual([1, 300, 2n ** 60n, 0]);
    expect(reader.offset).toBe(end);
  });
});

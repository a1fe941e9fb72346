import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr } from 'msgpackr/index-no-eval';

import { pack, unpack } from '../../../lib/contract/messagepack/plain-values.js';
import { ProtocolViolationError } from '../../../lib/errors/index.js';
import { collectGarbage } from '../../support/collect-garbage.js';
import { eventually } from '../../support/eventually.js';
import { hex } from '../../support/messagepack.js';

const packed = (value: unknown): Buffer => Buffer.from(pack(value));
const unpacked = (bytes: Buffer): unknown => unpack(bytes, 0, bytes.length, 64);
const roundTrip = (value: unknown): unknown => unpacked(packed(value));

/** A value as it is read: its maps are objects. */
function asRead(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asRead);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, entry]) => [key === '__proto__' ? '__proto_' : key, asRead(entry)]));
}

const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double({ noInteger: true }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: 'binary', maxLength: 300, size: 'max' }),
    fc.string().map((text) => `\ufeff${text.repeat(10)}`),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  ),
  tree: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'tree' },
    tie('leaf'),
    fc.array(tie('tree'), { depthIdentifier: 'tree' }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.constant('__proto__'), fc.integer()), tie('tree')), {
        selector: ([key]) => String(key),
        depthIdentifier: 'tree',
      })
      .map((entries) => new Map(entries)),
  ),
}));

describe('plain values', () => {
  it('come back, whatever lies around them', () => {
    fc.assert(
      fc.property(tree, fc.nat(100), fc.nat(5), (value, before, after) => {
        const bytes = packed(value);
        const whole = Buffer.concat([Buffer.alloc(before, 0x81), bytes, Buffer.alloc(after, 0xd4)]);
        expect(unpack(whole, before, before + bytes.length, 64)).toEqual(asRead(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of any bytes there are, or a violation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
        try {
          unpacked(Buffer.from(array));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolationError);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('are no records, which msgpackr would read in any case', () => {
    const reader = new Packr({ useRecords: false });
    for (const record of [hex('d4 72 40 91 a161 01'), new Packr().pack([{ a: 1 }, { a: 2 }])]) {
      expect(() => reader.unpack(record) as unknown).not.toThrow();
      expect(() => unpacked(record)).toThrow('an extension, of which the contract has none');
      // A number that was the name of a record is a number.
      expect(unpacked(hex('92 40 7f'))).toEqual([0x40, 0x7f]);
    }
  });

  it('have maps as objects, whatever their keys are called', () => {
    const keys = ['constructor', 'toString', '', 7, -1, 0.5, 2n ** 64n - 1n, true];
    const map = roundTrip(new Map(keys.map((key, index) => [key, index])));
    expect(map).toEqual(Object.fromEntries(keys.map((key, index) => [String(key), index])));
    const polluting = roundTrip(new Map([['__proto__', new Map([['isAdmin', true]])]]));
    expect(polluting).toEqual({ __proto_: { isAdmin: true } });
    expect(Object.getPrototypeOf(polluting)).toBe(Object.prototype);
    for (const key of ['91 01', '80', 'c4 01 61']) {
      const unnamed = Buffer.concat([hex('81'), hex(key), hex('c0')]);
      expect(() => unpacked(unnamed)).toThrow(ProtocolViolationError);
      expect(() => unpacked(unnamed)).toThrow('a map whose keys are arrays, maps or bytes');
    }
  });

  it('have text that begins with a mark, however long it is', () => {
    const lengths = [0, 1, 60, 61, 62, 63, 64, 65, 252, 253, 300, 65_532, 65_533, 70_000];
    const texts = lengths.map((length) => `\ufeff${'a'.repeat(length)}`);
    for (const text of texts) expect(roundTrip(text)).toBe(text);
    const value = [texts, Buffer.from('\ufeff'), `\ufeff\ufeff${'é'.repeat(50)}`, new Map([[texts[10], texts[12]]])];
    const bytes = packed(value);
    expect(unpack(Buffer.concat([hex('c0'), bytes, hex('c0')]), 1, bytes.length + 1, 64)).toEqual(asRead(value));
  });

  it('have text that is UTF-8, also where half of a surrogate pair is written', () => {
    for (const [half, whole] of [
      ['\ud83e', '\ufffd'],
      ['a\udd80b', 'a\ufffdb'],
      ['\udd80\ud83e', '\ufffd\ufffd'],
    ] as const) {
      for (const around of ['', 'x'.repeat(40), 'x'.repeat(70), 'é'.repeat(70_000)]) {
        expect(roundTrip(around + half + around)).toBe(around + whole + around);
      }
    }
  });

  it('hold views of the bytes that they were made of', () => {
    const bytes = hex('92 c4 02 0102 c4 00');
    const [view] = unpacked(bytes) as [Buffer, Buffer];
    expect(view).toEqual(Buffer.from([1, 2]));
    expect(view).toBeInstanceOf(Buffer);
    bytes[3] = 7;
    expect(view[0]).toBe(7);
  });

  it('hold no more memory for one that was large', async () => {
    const held = (): number => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    pack(['small']);
    const before = held();
    expect(pack('x'.repeat(4 * 1024 * 1024)).length).toBeGreaterThan(4 * 1024 * 1024);
    // The engine gives memory back in a thread of its own.
    await eventually(() => held() - before < 1024 * 1024);
  });

  it('leave what others make of msgpackr alone', () => {
    const other = new Packr();
    const theirs = other.pack({ text: 'theirs' });
    const before = Buffer.from(theirs);
    for (let i = 0; i < 100; i++) pack(['x'.repeat(i * 100), i]);
    expect(theirs).toEqual(before);
    // Also while they write, and while they read.
    const inner = (): string => {
      const bytes = packed(['inner', 2 ** 31]);
      return `${bytes.toString('hex')} ${JSON.stringify(unpacked(bytes))}`;
    };
    const expected = inner();
    class Sending {
      toJSON = inner;
    }
    const nested = other.pack(['a'.repeat(100), new Sending(), 'b'.repeat(100)]);
    expect(other.unpack(nested)).toEqual(['a'.repeat(100), expected, 'b'.repeat(100)]);
    class SendingMuch {
      toJSON = (): number => pack('x'.repeat(1_000_000)).length;
    }
    const large = other.pack(['a'.repeat(100), new SendingMuch(), 'b'.repeat(100)]);
    expect(other.unpack(large)).toEqual(['a'.repeat(100), 1_000_005, 'b'.repeat(100)]);
  });
});

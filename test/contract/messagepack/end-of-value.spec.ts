import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr } from 'msgpackr/index-no-eval';

import { endOfValue } from '../../../lib/contract/messagepack/end-of-value.js';
import { ProtocolViolationError } from '../../../lib/errors/index.js';
import { hex } from '../../support/messagepack.js';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const packrOfRecords = new Packr();
const end = (bytes: Buffer, maxDepth = 64): number => endOfValue(bytes, 0, bytes.length, maxDepth);

function violation(bytes: Buffer, maxDepth = 64): string {
  try {
    end(bytes, maxDepth);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolViolationError);
    return (error as Error).message;
  }
  throw new Error(`No violation: ${bytes.subarray(0, 20).toString('hex')}`);
}

/** `tag` and a size of `width` bytes that is as large as can be. */
const largest = (tag: number, width: number): Buffer => Buffer.concat([Buffer.from([tag]), Buffer.alloc(width, 0xff)]);

const repeated = (part: string, times: number): Buffer => Buffer.from(part.repeat(times), 'hex');

describe('endOfValue', () => {
  it('finds the end of every form there is', () => {
    const forms = [
      ...['00', '7f', 'e0', 'ff', 'c0', 'c2', 'c3', '80', '90', 'a0'],
      ...['81 00 c0', '92 c0 c0', 'a2 6161', 'bf' + '61'.repeat(31)],
      ...['c4 00', 'c4 01 ff', 'c5 0001 ff', 'c6 00000001 ff'],
      ...['ca 00000000', 'cb 0000000000000000'],
      ...['cc ff', 'cd ffff', 'ce ffffffff', 'cf ffffffffffffffff'],
      ...['d0 ff', 'd1 ffff', 'd2 ffffffff', 'd3 ffffffffffffffff'],
      ...['d9 01 61', 'da 0001 61', 'db 00000001 61'],
      ...['dc 0001 c0', 'dd 00000001 c0', 'de 0001 00 c0', 'df 00000001 00 c0'],
    ];
    for (const form of forms) {
      const bytes = hex(form);
      expect([form, end(bytes)]).toEqual([form, bytes.length]);
      // Among others, and whatever follows.
      expect(endOfValue(Buffer.concat([hex('c1'), bytes, hex('c1')]), 1, bytes.length + 2, 64)).toBe(bytes.length + 1);
      for (let length = 0; length < bytes.length; length++) {
        expect(violation(bytes.subarray(0, length))).toBe('The peer sent a message that declares more than it has');
      }
    }
  });

  it('finds the end of what msgpackr writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), fc.uint8Array({ maxLength: 5 }), (value, rest) => {
        const bytes = Buffer.from(packr.pack(value));
        expect(end(Buffer.concat([bytes, rest]))).toBe(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the end of any bytes, or a violation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
        const bytes = Buffer.from(array);
        try {
          const at = end(bytes);
          expect(at).toBeGreaterThan(0);
          expect(at).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolationError);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not look beyond the end that it is given', () => {
    // The size would be in the next frame.
    const bytes = hex('dd 00 000000 c0');
    expect(() => endOfValue(bytes, 0, 2, 64)).toThrow(ProtocolViolationError);
  });

  it('knows no extensions, of whatever type', () => {
    const record = packrOfRecords.pack({ a: 1 });
    expect(record.toString('hex')).toBe('d4724091a16101');
    const forms = ['c7 00', 'c7 01 78 00', 'c8 0001 05 ff', 'c9 00000001 05 ff', 'd4 72 40', 'd4 00 00', 'd5 72 40 00'];
    const longer = ['d6 ff 00000000', 'd6 69 00000001', 'd7 ff' + '00'.repeat(8), 'd8 05' + 'ff'.repeat(16)];
    for (const extension of [record, ...[...forms, ...longer].map(hex)]) {
      for (const before of ['', '91', '81 00', '92 c0']) {
        expect(violation(Buffer.concat([hex(before), extension]))).toContain('an extension');
      }
    }
  });

  it('knows no text but UTF-8, however long', () => {
    for (const length of [1, 31, 32, 33, 300, 70_000]) {
      const text = Buffer.from(packr.pack('a'.repeat(length)));
      expect(end(text)).toBe(text.length);
      for (const at of [text.length - length, text.length - 1]) {
        const bad = Buffer.from(text);
        bad[at] = 0xff;
        expect(violation(bad)).toContain('not UTF-8');
        expect(violation(Buffer.concat([hex('82 00'), bad, hex('01 02')]))).toContain('not UTF-8');
      }
    }
    // Half of a pair, a form that is too long, and one that the next value would complete.
    for (const bad of ['a3eda080', 'a2c0af', '92 a1c3 a1a9']) expect(violation(hex(bad))).toContain('not UTF-8');
    // In bytes there may be anything.
    expect(end(hex('c4 02 c3c3'))).toBe(4);
  });

  it('knows where long texts begin with a mark', () => {
    const texts = ['\ufeffshort', `\ufeff${'a'.repeat(61)}`, `\ufeff${'a'.repeat(62)}`, `a\ufeff${'a'.repeat(100)}`];
    const bytes = Buffer.from(packr.pack([...texts, `\ufeff${'é'.repeat(40_000)}`]));
    const marked: number[] = [];
    expect(endOfValue(bytes, 0, bytes.length, 64, marked)).toBe(bytes.length);
    expect(marked.map((at) => bytes.readUInt16BE(at).toString(16))).toEqual(['d941', 'db00']);
  });

  it('knows no 0xc1', () => {
    expect(violation(hex('92 c0 c1'))).toContain('0xc1');
  });

  it('counts what lies within each other', () => {
    for (const [open, close] of [
      ['91', 'c0'],
      ['91', '90'],
      ['8100', 'c0'],
      ['dc0001', '80'],
    ] as const) {
      const depth = (count: number): Buffer => Buffer.concat([repeated(open, count), hex(close)]);
      const deepest = close === 'c0' ? 5 : 4;
      expect(end(depth(deepest), 5)).toBe(depth(deepest).length);
      expect(violation(depth(deepest + 1), 5)).toContain('deeper than 5');
    }
    // One after another is not within each other.
    expect(end(hex('93 91c0 91c0 91c0'), 2)).toBe(7);
  });

  describe('refuses bombs', () => {
    it.each([
      ['an array of 2^32-1', largest(0xdd, 4)],
      ['an array of 2^16-1', largest(0xdc, 2)],
      ['a map of 2^32-1', largest(0xdf, 4)],
      ['a map of 2^16-1', largest(0xde, 2)],
      ['a string of 2^32-1 bytes', largest(0xdb, 4)],
      ['bytes of 2^32-1', largest(0xc6, 4)],
      ['an extension of 2^32-1 bytes', largest(0xc9, 4)],
      ['an array of more than there is', Buffer.concat([hex('dd 00011941'), Buffer.alloc(72_000, 0xc0)])],
      ['a map of more than there is', Buffer.concat([hex('df 00008ca1'), Buffer.alloc(72_000, 0xc0)])],
      ['100,000 arrays within each other', Buffer.alloc(100_000, 0x91)],
      ['100,000 arrays of 2^32-1 within each other', repeated('ddffffffff', 100_000)],
      ['arrays that claim the same bytes, one by one', Buffer.concat([repeated('dc7fff', 60), Buffer.alloc(40_000)])],
      ['72 KB of maps within each other', repeated('8100', 36_000)],
      ['72 KB of large maps within each other', repeated('df00ffffff00', 12_000)],
    ])('%s', (_, bytes) => {
      const started = performance.now();
      violation(bytes);
      expect(performance.now() - started).toBeLessThan(100);
    });

    it('and none of them at the greatest depth', () => {
      expect(violation(Buffer.alloc(4_000_000, 0x91), 1024)).toContain('deeper than 1024');
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { measureLengthDelimited, NO_FRAME, UNKNOWN_LENGTH, varintLength, writeVarint } from '../../lib/wire/index.js';

const measured = (...bytes: number[]): number => measureLengthDelimited(Buffer.from(bytes), 0, bytes.length);
const repeated = (byte: number, count: number): number[] => Array<number>(count).fill(byte);

describe('measureLengthDelimited', () => {
  it('counts prefix and body, whatever stands around them', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(5), (length, start) => {
        const bytes = Buffer.alloc(20, 0xff);
        const end = writeVarint(bytes, start, length);
        expect(measureLengthDelimited(bytes, start, end)).toBe(varintLength(length) + length);
      }),
    );
  });

  it('does not know before the prefix is whole', () => {
    const bytes = Buffer.alloc(10);
    const length = writeVarint(bytes, 0, 2 ** 31);
    for (let end = 1; end < length; end++) expect(measureLengthDelimited(bytes, 0, end)).toBe(UNKNOWN_LENGTH);
    expect(measureLengthDelimited(bytes, 0, length)).toBe(length + 2 ** 31);
  });

  it('finds a zero-length frame of one byte', () => {
    expect(measured(0)).toBe(1);
  });

  it('accepts a prefix that is longer than it need be', () => {
    expect(measured(0x81, 0x00, 7)).toBe(3);
    expect(measured(...repeated(0x80, 9), 0)).toBe(10);
  });

  it('tells a length near 2^64 as one that no limit allows', () => {
    expect(measured(...repeated(0xff, 9), 1)).toBeGreaterThan(2 ** 63);
  });

  it('finds no frame in ten bytes that do not end a prefix', () => {
    expect(measured(...repeated(0xff, 9))).toBe(UNKNOWN_LENGTH);
    expect(measured(...repeated(0xff, 10))).toBe(NO_FRAME);
    expect(measured(...repeated(0xff, 11))).toBe(NO_FRAME);
    expect(measured(...repeated(0x80, 11))).toBe(NO_FRAME);
  });
});

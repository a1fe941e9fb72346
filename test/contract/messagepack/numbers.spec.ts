import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Kind } from '../../../lib/contract/messagepack/kind.js';
import { f32, f64, i16, i32, i64, i8, u16, u32, u64, u8 } from '../../../lib/contract/messagepack/numbers.js';
import { NotSerializableError, ProtocolViolationError } from '../../../lib/errors/index.js';
import { hex, read, written } from '../../support/messagepack.js';

const kinds = { u8, u16, u32, u64, i8, i16, i32, i64 };

describe('integers', () => {
  it.each([
    // As rmp writes them in the shortest form, which is unsigned for all that are not negative.
    [0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [255, 'ccff'],
    [256, 'cd0100'],
    [65_535, 'cdffff'],
    [65_536, 'ce00010000'],
    [2 ** 32 - 1, 'ceffffffff'],
    // These are unsigned as well for rmp, and serde reads either.
    [2 ** 32, 'd30000000100000000'],
    [Number.MAX_SAFE_INTEGER, 'd3001fffffffffffff'],
    [2n ** 53n, 'd30020000000000000'],
    [2n ** 63n - 1n, 'd37fffffffffffffff'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd0df'],
    [-128, 'd080'],
    [-129, 'd1ff7f'],
    [-32_768, 'd18000'],
    [-32_769, 'd2ffff7fff'],
    [-(2 ** 31), 'd280000000'],
    [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
    [Number.MIN_SAFE_INTEGER, 'd3ffe0000000000001'],
    [-(2n ** 53n), 'd3ffe0000000000000'],
    [-(2n ** 63n), 'd38000000000000000'],
  ])('%p is %s', (value, bytes) => {
    expect(written(i64, value).toString('hex')).toBe(bytes);
    expect(read(i64, hex(bytes))).toBe(value);
    expect(written(i64, BigInt(value)).toString('hex')).toBe(bytes);
  });

  it('hold what Rust has room for, and no more', () => {
    for (const [name, kind] of Object.entries(kinds)) {
      const bits = BigInt(name.slice(1));
      const [min, max] = name.startsWith('u') ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
      for (const value of [min, max]) expect(BigInt(read<number | bigint>(kind, written(kind, value)))).toBe(value);
      for (const value of [min - 1n, max + 1n]) {
        expect(() => written(kind, value)).toThrow(NotSerializableError);
        // Within 64 bits it can arrive all the same.
        if (value < 2n ** 64n && value >= -(2n ** 63n)) {
          const larger = written(value < 0n ? i64 : u64, value);
          expect(() => read<number | bigint>(kind, larger)).toThrow(`value has to be an integer that fits in ${name}`);
          expect(() => read<number | bigint>(kind, larger)).toThrow(ProtocolViolationError);
        }
      }
    }
  });

  it('are exact both ways, as a number or a bigint', () => {
    const u64s = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const i64s = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    for (const [kind, values] of [
      [u64, u64s],
      [i64, i64s],
    ] as const) {
      fc.assert(
        fc.property(values, fc.nat(63), (large, shift) => {
          const value = large >> BigInt(shift);
          const result = read(kind, written(kind, value));
          expect(BigInt(result)).toBe(value);
          expect(typeof result).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'bigint');
        }),
      );
    }
  });

  it('are read from a form that is longer than it need be', () => {
    for (const bytes of ['cc07', 'cd0007', 'ce00000007', 'cf0000000000000007', 'd007', 'd10007', 'd200000007']) {
      expect([bytes, read(u8, hex(bytes))]).toEqual([bytes, 7]);
    }
    for (const tag of ['cf', 'd3']) {
      expect(read(u64, hex(`${tag}0000000100000000`))).toBe(2 ** 32);
      expect(read(u64, hex(`${tag}001fffffffffffff`))).toBe(2 ** 53 - 1);
      expect(read(u64, hex(`${tag}0020000000000000`))).toBe(2n ** 53n);
      expect(read(i64, hex(`${tag}7fffffffffffffff`))).toBe(2n ** 63n - 1n);
    }
  });

  it('are unsigned where they have to be', () => {
    expect(written(u64, 2n ** 63n).toString('hex')).toBe('cf8000000000000000');
    expect(written(u64, 2n ** 64n - 1n).toString('hex')).toBe('cfffffffffffffffff');
    expect(read(u64, hex('cfffffffffffffffff'))).toBe(2n ** 64n - 1n);
    expect(() => read(i64, hex('cf8000000000000000'))).toThrow(ProtocolViolationError);
    expect(() => read(u64, hex('d3ffffffffffffffff'))).toThrow(ProtocolViolationError);
  });

  it('may be numbers beyond 2^53-1', () => {
    expect(written(u64, 2 ** 60).toString('hex')).toBe('d31000000000000000');
    expect(() => written(u64, 2 ** 64)).toThrow(NotSerializableError);
  });

  it('are integers', () => {
    for (const value of [1.5, Number.NaN, Infinity, '1', null, undefined, true, {}, []]) {
      expect(() => written(u64, value)).toThrow(/^value has to be an integer that fits in u64, and is /);
    }
    for (const bytes of ['c0', 'cb3ff8000000000000', 'cb7ff8000000000000', 'cb7ff0000000000000', 'a131', '90']) {
      expect(() => read(u64, hex(bytes))).toThrow(ProtocolViolationError);
    }
  });
});

describe('floats', () => {
  it('are written as integers where they are integers of 32 bits: serde reads either', () => {
    expect(written(f64, 3).toString('hex')).toBe('03');
    expect(written(f32, -3).toString('hex')).toBe('fd');
    expect(written(f64, 2 ** 32).toString('hex')).toBe('cb41f0000000000000');
    expect(written(f64, 0.1).toString('hex')).toBe('cb3fb999999999999a');
    // As a double, in which it has all its bits.
    expect(written(f32, 0.1).toString('hex')).toBe('cb3fb99999a0000000');
    expect(read(f32, hex('ca3dcccccd'))).toBe(Math.fround(0.1));
  });

  it('are exact both ways', () => {
    // -0 is written as 0.
    const same = (kind: Kind<number>, value: number): void =>
      expect(read(kind, written(kind, value))).toBe(value === 0 ? 0 : value);
    fc.assert(fc.property(fc.double(), (value) => same(f64, value)));
    fc.assert(fc.property(fc.float(), (value) => same(f32, value)));
    expect(read(f64, hex('cb8000000000000000'))).toBe(-0);
  });

  it('are read from integers as well', () => {
    expect(read(f64, hex('07'))).toBe(7);
    expect(read(f64, hex('cf8000000000000000'))).toBe(2 ** 63);
  });

  it('are numbers', () => {
    for (const value of [1n, '1', null, undefined]) expect(() => written(f64, value)).toThrow(NotSerializableError);
    expect(() => read(f64, hex('c3'))).toThrow(ProtocolViolationError);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { optional } from '../../../lib/contract/messagepack/collections.js';
import type { Kind } from '../../../lib/contract/messagepack/kind.js';
import { u64, u8 } from '../../../lib/contract/messagepack/numbers.js';
import { string } from '../../../lib/contract/messagepack/scalars.js';
import { struct } from '../../../lib/contract/messagepack/struct.js';
import { InvalidContractError, NotSerializableError, ProtocolViolationError } from '../../../lib/errors/index.js';
import { hex, read, written } from '../../support/messagepack.js';

const Point = struct({ x: u8, y: u8 });
const Place = struct({ name: string, at: optional(Point), visits: u64 });

const [x, y, z] = ['a178', 'a179', 'a17a'];

describe('struct', () => {
  it('is an array in the order of its fields, or a map', () => {
    const value = { visits: 1, at: { y: 3, x: 2 }, name: 'home' };
    expect(written(Place, value).toString('hex')).toBe('93a4686f6d6592020301');
    expect(written(Place, value, { structsAsMaps: true })).toEqual(
      hex(`83 a46e616d65 a4686f6d65 a26174 82 ${x} 02 ${y} 03 a6766973697473 01`),
    );
  });

  it('comes back from either', () => {
    const at = fc.option(fc.record({ x: fc.nat(255), y: fc.nat(255) }));
    const places = fc.record({ name: fc.string({ unit: 'grapheme' }), at, visits: fc.nat() });
    fc.assert(
      fc.property(places, fc.boolean(), (place, structsAsMaps) => {
        expect(read(Place, written(Place, place, { structsAsMaps }))).toEqual(place);
      }),
    );
  });

  it('has to be an array of all its fields', () => {
    expect(read(Point, hex('92 01 02'))).toEqual({ x: 1, y: 2 });
    expect(() => read(Point, hex('91 01'))).toThrow('value has to be a struct of 2 fields, and has 1');
    expect(() => read(Point, hex('93 01 02 03'))).toThrow('value has to be a struct of 2 fields, and has 3');
    expect(() => read(Place, hex('93 a0 91 01 01'))).toThrow('value.at has to be a struct of 2 fields, and has 1');
    for (const form of ['c0', '07', 'a178', 'c400'])
      expect(() => read(Point, hex(form))).toThrow(ProtocolViolationError);
  });

  it('reads maps in any order, and skips what it does not know', () => {
    expect(read(Point, hex(`82 ${y} 02 ${x} 01`))).toEqual({ x: 1, y: 2 });
    const unknown = ['93 c0 91 01 80', '81 a161 c0', '81 07 c0', 'c40101', 'd90161', 'cb0000000000000000'];
    for (const value of unknown) {
      for (const key of [z, '07', 'c0', 'cb0000000000000000', 'a95f5f70726f746f5f5f']) {
        const point = read(Point, hex(`83 ${key} ${value} ${y} 02 ${x} 01`));
        expect(point).toEqual({ x: 1, y: 2 });
        expect(Object.getPrototypeOf(point)).toBe(Object.prototype);
      }
    }
  });

  it('has nothing that every object has for a field', () => {
    const Odd = struct({ constructor: optional(string), toString: optional(u8), x: u8 });
    expect(written(Odd, { x: 1 })).toEqual(hex('93 c0 c0 01'));
    expect(written(Odd, { x: 1, toString: 5 })).toEqual(hex('93 c0 05 01'));
    expect(read(Odd, hex(`81 ${x} 01`))).toStrictEqual({ constructor: null, toString: null, x: 1 });
    expect(() => written(struct({ x: optional(u8) }), { x: () => 1 })).toThrow(NotSerializableError);
    // It would be the prototype of what is read.
    expect(() => struct({ ['__proto__']: optional(u8) })).toThrow(InvalidContractError);
  });

  it('lacks no field in a map but optional ones', () => {
    expect(read(Place, hex('82 a46e616d65 a0 a6766973697473 01'))).toEqual({ name: '', at: null, visits: 1 });
    expect(() => read(Point, hex(`81 ${x} 01`))).toThrow('value has to be a struct with the field y');
    // Rust sends no field twice.
    expect(read(Point, hex(`83 ${x} 01 ${y} 01 ${x} 02`))).toEqual({ x: 2, y: 1 });
  });

  it('says which field does not fit, and not what is in it', () => {
    const failure = (value: unknown): string => {
      try {
        written(Place, value);
      } catch (error) {
        expect(error).toBeInstanceOf(NotSerializableError);
        return (error as Error).message;
      }
      return 'none';
    };
    expect(failure({ name: 'home', visits: 'secret' })).toBe(
      'value.visits has to be an integer that fits in u64, and is a value of type string',
    );
    expect(failure({ name: 'home' })).toBe('value.visits has to be an integer that fits in u64, and is missing');
    expect(failure({ name: 'home', visits: 1, at: { x: 1, y: 300 } })).toContain('value.at.y has to be');
    expect(failure({ name: 'home', visits: 1, at: [] })).toBe('value.at has to be an object, and is an array');
    expect(failure(undefined)).toBe('value has to be an object, and is missing');
    expect(() => read(Place, hex('93 a0 92 01 a0 01'))).toThrow('value.at.y has to be an integer that fits in u8');
  });

  it('leaves out what it has no field for, and need not be told of optional fields', () => {
    expect(written(Place, { name: '', visits: 0, other: 1 }).toString('hex')).toBe('93a0c000');
  });

  it('may have no fields at all, as Rust has unit structs', () => {
    for (const structsAsMaps of [false, true]) {
      expect(written(struct({}), {}, { structsAsMaps }).toString('hex')).toBe('90');
    }
    for (const form of ['90', '80']) expect(read(struct({}), hex(form))).toEqual({});
  });

  it('is blank as Rust has it', () => {
    expect(Place.blank()).toEqual({ name: '', at: null, visits: 0 });
  });

  it('is made of kinds, whose names JavaScript keeps in order', () => {
    expect(() => struct({ x: 'u8' as unknown as Kind })).toThrow(InvalidContractError);
    expect(() => struct({ x: 'u8' as unknown as Kind })).toThrow('The field x has to be a kind of value');
    expect(() => struct({ b: u8, 1: u8 })).toThrow('The field 1 cannot be a number');
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { list, mapOf, optional } from '../../../lib/contract/messagepack/collections.js';
import type { Kind } from '../../../lib/contract/messagepack/kind.js';
import { u64, u8 } from '../../../lib/contract/messagepack/numbers.js';
import { string } from '../../../lib/contract/messagepack/scalars.js';
import { InvalidContractError, NotSerializableError, ProtocolViolationError } from '../../../lib/errors/index.js';
import { hex, mapKey, read, written } from '../../support/messagepack.js';

describe('optional', () => {
  it('is nil or the value', () => {
    for (const nothing of [null, undefined]) expect(written(optional(u8), nothing).toString('hex')).toBe('c0');
    expect(written(optional(u8), 0).toString('hex')).toBe('00');
    expect(read(optional(u8), hex('c0'))).toBeNull();
    expect(read(optional(u8), hex('00'))).toBe(0);
    expect(() => read(optional(u8), hex('a0'))).toThrow(ProtocolViolationError);
    expect(optional(u8).blank()).toBeNull();
  });
});

describe('list', () => {
  it('is an array, with the length in the shortest form', () => {
    const headers: [number, string][] = [
      [0, '90'],
      [15, '9f'],
      [16, 'dc0010'],
      [65_535, 'dcffff'],
      [65_536, 'dd00010000'],
    ];
    for (const [length, header] of headers) {
      const values = new Array<number>(length).fill(7);
      const result = written(list(u8), values);
      expect(result.subarray(0, header.length / 2).toString('hex')).toBe(header);
      expect(result.length).toBe(header.length / 2 + length);
      expect(read(list(u8), result)).toEqual(values);
    }
  });

  it('takes the bytes of a Vec<u8> as well', () => {
    expect(written(list(u8), Buffer.from([1, 200])).toString('hex')).toBe('9201ccc8');
    expect(read(list(u8), hex('9201ccc8'))).toEqual([1, 200]);
  });

  it('says which item does not fit', () => {
    expect(() => written(list(u8), [1, 'two'])).toThrow('value.1 has to be an integer that fits in u8');
    expect(() => written(list(u8), [1, undefined])).toThrow(
      'value.1 has to be an integer that fits in u8, and is missing',
    );
    expect(() => read(list(u8), hex('9201a0'))).toThrow('value.1 has to be an integer that fits in u8');
    for (const value of [null, undefined, {}, 'text', 1])
      expect(() => written(list(u8), value)).toThrow(NotSerializableError);
    for (const form of ['80', 'c400', 'c0']) expect(() => read(list(u8), hex(form))).toThrow(ProtocolViolationError);
  });
});

describe('mapOf', () => {
  it('is an object, whatever its keys are called', () => {
    const key = fc.oneof(mapKey, fc.constantFrom('constructor', 'toString', '0', ''));
    const objects = fc.array(fc.tuple(key, fc.nat()), { maxLength: 30 }).map((entries) => Object.fromEntries(entries));
    fc.assert(
      fc.property(objects, (object) => {
        const result = read(mapOf(u64), written(mapOf(u64), object));
        expect(Object.entries(result)).toEqual(Object.entries(object));
        expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
      }),
    );
  });

  it('has its length in the shortest form', () => {
    for (const [length, header] of [
      [15, '8f'],
      [16, 'de0010'],
      [65_536, 'df00010000'],
    ] as const) {
      const object = Object.fromEntries(Array.from({ length }, (_, i) => [`key ${i}`, 7]));
      const result = written(mapOf(u8), object);
      expect(result.subarray(0, header.length / 2).toString('hex')).toBe(header);
      expect(read(mapOf(u8), result)).toEqual(object);
    }
  });

  it('cannot change what it is made of', () => {
    const result = read(mapOf(mapOf(u8)), hex('81 a9 5f5f70726f746f5f5f 81 a8 706f6c6c75746564 01'));
    expect(result).toEqual({ __proto_: { polluted: 1 } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((result as { polluted?: number }).polluted).toBeUndefined();
  });

  it('says which entry does not fit', () => {
    expect(() => written(mapOf(u8), { one: 1, two: 2.5 })).toThrow('value.two has to be');
    expect(() => read(mapOf(u8), hex('81 a161 c0'))).toThrow('value.a has to be');
    // Of a Map, or of bytes, nothing would be written, or what nobody meant.
    for (const value of [null, undefined, [], 'text', new Map([['a', 1]]), Buffer.from('a')])
      expect(() => written(mapOf(u8), value)).toThrow(NotSerializableError);
    for (const form of ['90', 'c0']) expect(() => read(mapOf(u8), hex(form))).toThrow(ProtocolViolationError);
  });

  it('is cut short in errors when its keys are long', () => {
    const long = written(mapOf(string), { ['k'.repeat(10_000)]: 'text' });
    expect(() => read(mapOf(u8), long)).toThrow(/^.{1,400}$/);
  });
});

it.each(['u8', undefined, {}, 8])('none of them is made of %p', (none) => {
  for (const make of [optional, list, mapOf]) expect(() => make(none as unknown as Kind)).toThrow(InvalidContractError);
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anything } from '../../../lib/contract/messagepack/anything.js';
import { NotSerializableError, ProtocolViolationError } from '../../../lib/errors/index.js';
import { hex, mapKey, read, written } from '../../support/messagepack.js';

const roundTrip = (value: unknown): unknown => read(anything, written(anything, value));

const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    // As in JSON, -0 is written as 0.
    fc.double().map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  ),
  tree: fc.oneof(
    { maxDepth: 6, depthIdentifier: 'tree' },
    tie('leaf'),
    fc.array(tie('tree'), { depthIdentifier: 'tree' }),
    fc.dictionary(mapKey, tie('tree'), { depthIdentifier: 'tree', noNullPrototype: true }),
  ),
}));

describe('anything', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(roundTrip(value)).toEqual(value);
        // Whatever was read is written to the same bytes.
        expect(written(anything, roundTrip(value)).equals(written(anything, value))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('writes integers as such, and other numbers as floats', () => {
    expect(written(anything, 3).toString('hex')).toBe('03');
    expect(written(anything, 2 ** 53 - 1).toString('hex')).toBe('d3001fffffffffffff');
    // Neither is known to be an integer.
    expect(written(anything, 2 ** 53).toString('hex')).toBe('cb4340000000000000');
    expect(written(anything, 0.5).toString('hex')).toBe('cb3fe0000000000000');
    expect(Object.is(roundTrip(Number.NaN), Number.NaN)).toBe(true);
  });

  it('leaves out and replaces what JSON does', () => {
    expect(roundTrip({ a: undefined, b: [undefined, 1] })).toEqual({ b: [null, 1] });
    expect(roundTrip(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(roundTrip(Object.assign(Object.create({ inherited: 1 }) as object, { own: 2 }))).toEqual({ own: 2 });
  });

  it('refuses what has no form', () => {
    for (const value of [() => 1, Symbol('s'), new Map(), new Set(), new ArrayBuffer(1), Promise.resolve(), /a/]) {
      expect(() => written(anything, { deep: [value] })).toThrow(
        'value.deep.0 has to be something that MessagePack has, and is a value of type',
      );
    }
    expect(() => written(anything, undefined)).toThrow('has to be something that MessagePack has, and is missing');
    for (const value of [2n ** 64n, -(2n ** 63n) - 1n]) {
      expect(() => written(anything, value)).toThrow('an integer of 64 bits');
    }
  });

  it('refuses what contains itself, and what nests deeper than a peer would read', () => {
    const circular: Record<string, unknown> = {};
    circular.self = [circular];
    expect(() => written(anything, circular)).toThrow(NotSerializableError);
    let nested: unknown = [];
    for (let depth = 1; depth < 64; depth++) nested = [nested];
    expect(roundTrip(nested)).toEqual(nested);
    expect(() => written(anything, [nested])).toThrow('nests deeper than 64');
  });

  it('reads keys that are numbers and the like as text, and no others', () => {
    expect(read(anything, hex('83 01 a161 ff a162 c2 a163'))).toEqual({ 1: 'a', '-1': 'b', false: 'c' });
    for (const key of ['90', '80', 'c40161']) {
      expect(() => read(anything, hex(`81 ${key} 01`))).toThrow(ProtocolViolationError);
    }
  });

  it('is a plain object, whatever the keys are called', () => {
    for (const name of ['constructor', 'toJSON', 'hasOwnProperty', 'length']) {
      const object = Object.fromEntries([[name, { deep: [1] }]]);
      expect(Object.entries(roundTrip(object) as object)).toEqual([[name, { deep: [1] }]]);
      expect(Object.getPrototypeOf(roundTrip(object))).toBe(Object.prototype);
    }
  });
});

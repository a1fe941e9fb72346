import { describe, expect, it } from '@jest/globals';

import { unrolled } from '../../../lib/contract/protobuf/unrolled.js';

const asIs = (value: unknown): unknown => value;
const rethrown = (_: number, error: unknown): unknown => error;

describe('unrolled', () => {
  it('takes any name for a name, and none for code', () => {
    const names = ['plain', "it's", '"];throw 1;[', '\\', '`${1}`', '\u2028', 'constructor', '日本'];
    const source = Object.fromEntries(names.map((name, index) => [name, index]));
    const target = {};
    unrolled(
      names.map((name) => ({ name, convert: asIs })),
      rethrown,
    )(source, target, 0);
    expect(target).toEqual(source);
  });

  it('converts what is there, with its depth, in order, and leaves out what is not', () => {
    const seen: unknown[] = [];
    const convert = (value: unknown, depth: number): unknown => seen.push([value, depth]);
    const target = {};
    const fields = ['a', 'b', 'c', 'd'].map((name) => ({ name, convert }));
    unrolled(fields, rethrown)({ d: 0, a: '', b: undefined, c: null }, target, 3);
    expect(seen).toEqual([
      ['', 3],
      [0, 3],
    ]);
    expect(target).toEqual({ a: 1, d: 2 });
  });

  it('says which field it was', () => {
    const fail = (): never => {
      throw new Error('no');
    };
    const fields = [
      { name: 'a', convert: asIs },
      { name: 'b', convert: fail },
      { name: 'c', convert: asIs, missing: fail },
    ];
    const run = unrolled(fields, (index, error) => new Error(`${index}: ${(error as Error).message}`));
    expect(() => run({ a: 1, b: 1, c: 1 }, {}, 0)).toThrow('1: no');
    expect(() => run({ a: 1, c: null }, {}, 0)).toThrow('2: no');
    expect(() => run({ c: 1 }, {}, 0)).not.toThrow();
  });
});

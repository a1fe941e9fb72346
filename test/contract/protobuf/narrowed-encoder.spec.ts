import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';

import { membersIn, runsOf } from '../../../lib/contract/protobuf/narrowed-encoder.js';

const members = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `string m${from + i} = ${from + i};`).join(' ');

describe('runsOf', () => {
  const lengths = (body: string): number[] => {
    const { root } = protobuf.parse(`syntax = "proto3"; message M { ${body} }`);
    const fields = [...root.lookupType('M').fieldsArray].sort((a, b) => a.id - b.id);
    const runs = runsOf(fields);
    expect(runs.flat()).toEqual(fields);
    return runs.map((run) => run.length);
  };

  it('has all together where there is no oneof with many members', () => {
    expect(lengths(`string a = 1; oneof kind { ${members(2, 18)} } string z = 30;`)).toEqual([18]);
  });

  it('has the members of a oneof that has many together, and what is before and behind them', () => {
    expect(lengths(`string a = 1; string b = 2; oneof kind { ${members(3, 20)} } string z = 30;`)).toEqual([2, 17, 1]);
  });

  it('parts two oneofs, and one whose members another field stands between', () => {
    expect(lengths(`oneof one { ${members(1, 18)} } oneof other { ${members(18, 36)} }`)).toEqual([17, 18]);
    expect(lengths(`oneof kind { ${members(1, 18)} ${members(19, 37)} } string a = 18;`)).toEqual([17, 1, 18]);
  });
});

describe('membersIn', () => {
  const all = [{ name: 'm1' }, { name: 'm2' }, { name: 'm3' }];
  const find = membersIn(all);

  it.each([
    ['the one there is', { m2: 'x' }, ['m2']],
    ['the one among other fields', { a: 1, m3: 'x', z: 2 }, ['m3']],
    ['the one of an object without a prototype', Object.assign(Object.create(null) as object, { m1: 'x' }), ['m1']],
    ['all where there are several, of which the last counts', { m1: 'x', m3: 'y' }, ['m1', 'm2', 'm3']],
    ['all where none is a key', { a: 1 }, ['m1', 'm2', 'm3']],
    [
      'all where it cannot be seen: it may be a getter of the class',
      new (class M2 {
        get m2(): string {
          return 'x';
        }
      })(),
      ['m1', 'm2', 'm3'],
    ],
    ['all of what inherits from such an object', Object.create({ m2: 'x' }) as object, ['m1', 'm2', 'm3']],
    ['all of what is no object', undefined, ['m1', 'm2', 'm3']],
  ])('finds %s', (_, source, expected) => {
    expect(find(source).map(({ name }) => name)).toEqual(expected);
  });

  it('finds the same array again for each, by which its encoder is known', () => {
    expect(find({ m2: 'x' })).toBe(find({ a: 1, m2: 'y' }));
    expect(find({})).toBe(find({ m1: 'x', m2: 'y' }));
  });
});

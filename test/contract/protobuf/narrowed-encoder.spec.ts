import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';

import { largestChoice, membersIn } from '../../../lib/contract/protobuf/narrowed-encoder.js';

const members = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `string m${from + i} = ${from + i};`).join(' ');

describe('largestChoice', () => {
  const nameOf = (body: string): string | undefined => {
    const { root } = protobuf.parse(`syntax = "proto3"; message M { ${body} }`);
    return largestChoice(root.lookupType('M'))?.name;
  };

  it('is none where a oneof has few members', () => {
    expect(nameOf('string a = 1;')).toBe(undefined);
    expect(nameOf(`oneof kind { ${members(1, 17)} }`)).toBe(undefined);
    expect(nameOf(`oneof kind { ${members(1, 18)} }`)).toBe('kind');
  });

  it('is the one with the most members', () => {
    expect(nameOf(`oneof one { ${members(1, 19)} } oneof other { ${members(19, 50)} }`)).toBe('other');
    expect(nameOf(`oneof one { ${members(1, 29)} } oneof other { ${members(29, 50)} }`)).toBe('one');
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

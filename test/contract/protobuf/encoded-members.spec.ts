import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';

import { EncodedField } from '../../../lib/contract/protobuf/encoded-field.js';
import { membersIn, runsOf } from '../../../lib/contract/protobuf/encoded-members.js';
import { GeneratedCode } from '../../../lib/contract/protobuf/generated-code.js';

const members = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `string m${from + i} = ${from + i};`).join(' ');

function fieldsOf(body: string): EncodedField[] {
  const { root } = protobuf.parse(`syntax = "proto3"; message M { ${body} }`);
  const parts = {
    generated: new GeneratedCode(),
    encoderOf: () => {
      throw new Error('There are no messages in it');
    },
  };
  return [...root.lookupType('M').fieldsArray]
    .sort((a, b) => a.id - b.id)
    .map((field) => new EncodedField(field.resolve(), parts));
}

describe('runsOf', () => {
  const lengths = (body: string): number[] => runsOf(fieldsOf(body)).map((run) => run.length);

  it('has each field alone, also the members of a oneof that has few', () => {
    expect(lengths(`string a = 1; oneof kind { ${members(2, 18)} }`)).toEqual(new Array(17).fill(1));
  });

  it('has the members of a oneof that has many together, and what is around them alone', () => {
    expect(lengths(`string a = 1; oneof kind { ${members(2, 19)} } string z = 30;`)).toEqual([1, 17, 1]);
  });

  it('parts two oneofs, and one whose members another field stands between', () => {
    expect(lengths(`oneof one { ${members(1, 18)} } oneof other { ${members(18, 36)} }`)).toEqual([17, 18]);
    expect(lengths(`oneof kind { ${members(1, 18)} ${members(19, 37)} } string a = 18;`)).toEqual([17, 1, 18]);
  });

  it('keeps all of them, in their order', () => {
    const fields = fieldsOf(`string a = 1; oneof kind { ${members(2, 30)} } string z = 30;`);
    expect(runsOf(fields).flat()).toEqual(fields);
  });
});

describe('membersIn', () => {
  const find = membersIn(fieldsOf(`oneof kind { ${members(1, 4)} }`));
  const all = [1, 2, 3];

  it.each([
    ['the one there is', { m2: 'x' }, [2]],
    ['the one among other fields', { a: 1, m3: 'x', z: 2 }, [3]],
    ['the one of an object without a prototype', Object.assign(Object.create(null) as object, { m1: 'x' }), [1]],
    ['all where there are several, the last of which counts', { m1: 'x', m3: 'y' }, all],
    ['all where none is a key', { a: 1 }, all],
    [
      'all where it cannot be seen: it may be a getter of the class',
      new (class M2 {
        get m2(): string {
          return 'x';
        }
      })(),
      all,
    ],
    ['all of what inherits from such an object', Object.create({ m2: 'x' }) as object, all],
  ])('finds %s', (_, source, expected) => {
    expect(find(source)).toEqual(expected);
  });
});

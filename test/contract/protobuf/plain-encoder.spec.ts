import { inspect } from 'node:util';

import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs';

import { MessageWriter } from '../../../lib/contract/protobuf/message-writer.js';
import { Mismatch } from '../../../lib/contract/protobuf/mismatch.js';
import { plainDecoder } from '../../../lib/contract/protobuf/plain-decoder.js';
import { plainEncoder } from '../../../lib/contract/protobuf/plain-encoder.js';
import type { PlainOptions } from '../../../lib/contract/protobuf/plain-options.js';
import { MessageReader } from '../../../lib/contract/protobuf/message-reader.js';
import { NotSerializableError } from '../../../lib/errors/index.js';
import { delimited, everything, legacy, many, wireOf } from '../../support/protobuf.js';

function written(type: protobuf.Type, value: unknown): Buffer {
  const writer = new MessageWriter();
  const encoder = plainEncoder(type);
  encoder.encode(encoder.message(value, 0), writer);
  return Buffer.from(writer.finish());
}

function read(type: protobuf.Type, bytes: Buffer, options: Partial<PlainOptions>): object {
  const all = { int64: 'string', enums: 'number', defaults: false, ...options } as const;
  const decoder = plainDecoder(type, all);
  return decoder.plain(decoder.decode(new MessageReader(bytes), bytes.length));
}

const writtenByProtobufjs = (type: protobuf.Type, value: Record<string, unknown>): Buffer =>
  Buffer.from(type.encode(type.fromObject(value)).finish());

const options = fc.record<Partial<PlainOptions>>({
  int64: fc.constantFrom('number', 'bigint', 'string'),
  enums: fc.constantFrom('number', 'name'),
});

describe('plainEncoder', () => {
  it.each([
    ['proto3', everything],
    ['proto2', legacy],
    ['an edition', delimited],
    ['a oneof with many members', many],
  ])('writes of %s what protobufjs writes, in whichever form it is given', (_, type) => {
    let compared = 0;
    fc.assert(
      fc.property(wireOf(type), options, fc.boolean(), (bytes, forms, defaults) => {
        let values: object;
        try {
          values = read(type, bytes, { defaults });
        } catch {
          return;
        }
        if (inspect(values, { depth: Infinity }).includes('NaN')) {
          // There are many of them, and which one is written is up to V8.
          expect(read(type, written(type, values), { defaults })).toEqual(values);
          return;
        }
        compared++;
        const expected = writtenByProtobufjs(type, values as Record<string, unknown>);
        expect(written(type, values).toString('hex')).toBe(expected.toString('hex'));
        expect(written(type, read(type, bytes, { ...forms, defaults })).equals(expected)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(compared).toBeGreaterThan(500);
  });

  const mismatch = (value: unknown, type = everything): string => {
    try {
      written(type, value);
    } catch (error) {
      expect(error).toBeInstanceOf(Mismatch);
      return (error as Mismatch).message;
    }
    throw new Error('It was written');
  };

  it.each<[string, unknown]>([
    [' has to be an object, and is a value of type string', 'text'],
    [' has to be an object, and is null', null],
    ['.anInt32 has to be an integer from -2147483648 to 2147483647, and is a value of type number', { anInt32: 0.5 }],
    ['.aUint64 has to be an integer from 0 to 18446744073709551615, and is a value of type bigint', { aUint64: -1n }],
    ['.aString has to be a string, and is a value of type number', { aString: 1 }],
    ['.someBytes has to be a Uint8Array, and is an array', { someBytes: [1] }],
    ['.color has to be a member of Color, and is a value of type string', { color: 'PINK' }],
    ['.nested.oneNested.aBool has to be a boolean', { nested: { oneNested: { aBool: 1 } } }],
    ['.numbers has to be an array, and is a value of type number', { numbers: 1 }],
    ['.numbers[1] has to be an integer', { numbers: [1, '2'] }],
    ['.texts has to be an array', { numbers: [1], texts: 1 }],
    ['.unpacked[0] has to be a number, and is null', { unpacked: [null] }],
    ['.children[2] has to be an object, and is a value of type undefined', { children: [{}, {}, undefined] }],
    ['.children[1].texts[0] has to be a string', { children: [{}, { texts: [1] }] }],
    ['.byText has to be an object, and is a value of type boolean', { byText: true }],
    ['.byText["a"] has to be an integer', { byText: { a: 'b' } }],
    ['.byBool["true"].aString has to be a string', { byBool: { true: { aString: 1 } } }],
    ['.byBool["yes"] has to be under a key that is true or false', { byBool: { yes: {} } }],
    ['.byNumber["-1"] has to be an integer from 0', { byNumber: { '-1': 0 } }],
    ['.byNumber[" 1"] has to be an integer from 0', { byNumber: { ' 1': 0 } }],
    ['.byText has to be an object, and is a Map', { byText: new Map([['a', 1]]) }],
    ['.nested has to be an object, and is an array', { nested: [] }],
    ['.nested has to be an object, and is a Date', { nested: new Date() }],
    ['.nested has to be an object, and is a Set', { nested: new Set(['a']) }],
    ['.nested has to be an object, and is a Uint8Array', { nested: Buffer.from('a') }],
    ['.nested has to be an object, and is a Promise', { nested: Promise.resolve({}) }],
    ['.children[0] has to be an object, and is a Map', { children: [new Map()] }],
    ['.color has to be a member of Color', { color: 2 ** 31 }],
    ['.byLong["x"] has to be an integer from', { byLong: { x: '' } }],
  ])('says where something does not fit: %s', (text, value) => {
    expect(mismatch(value)).toContain(text);
  });

  it('says what is missing', () => {
    const strict = legacy.root.lookupType('legacy.Strict');
    expect(mismatch({ id: 1 }, strict)).toBe('.level has to be there, and is a value of type undefined');
    expect(mismatch({ id: 1, level: 5, within: { level: 'LOW' } }, strict)).toContain('.within.id has to be there');
    expect(written(strict, { id: 0, level: 'LOW' }).toString('hex')).toBe('08001001');
  });

  it('writes what an object inherits, as well as what is its own', () => {
    class Message {
      get aString(): string {
        return 'inherited';
      }
    }
    expect(written(everything, new Message())).toEqual(written(everything, { aString: 'inherited' }));
  });

  it('takes the keys of maps as texts, and true and false as protobufjs does', () => {
    const keys = { byBool: { 1: {} }, byNumber: { '007': 'RED' }, byLong: { '-9223372036854775808': 'least' } };
    const values = { byBool: { true: {} }, byNumber: { 7: 1 }, byLong: { '-9223372036854775808': 'least' } };
    expect(read(everything, written(everything, keys), {})).toEqual(values);
  });

  it('takes nothing that every object has for the value of a field', () => {
    const odd = new protobuf.Type('Odd');
    ['constructor', 'toString', 'plain'].forEach((name, index) =>
      odd.add(new protobuf.Field(name, index + 1, 'string')),
    );
    new protobuf.Root().add(odd).resolveAll();
    expect(written(odd, { plain: 'a' }).toString('hex')).toBe('1a0161');
    expect(read(odd, written(odd, { toString: 'text' }), {})).toEqual({ toString: 'text' });
  });

  describe('of a service with many routes', () => {
    const arms = Array.from({ length: 40 }, (_, index) => `arm${index}`);
    const { root } = protobuf.parse(`
      syntax = "proto3";
      message Message { uint64 id = 1; oneof arm { ${arms.map((arm, index) => `Arm ${arm} = ${index + 2};`).join(' ')} } uint32 code = 99; }
      message Arm { string text = 1; }`);
    root.resolveAll();
    const Message = root.lookupType('Message');

    it('writes what protobufjs writes, whichever arms there are', () => {
      const text = fc.string({ maxLength: 3 });
      const arm = fc.tuple(fc.constantFrom(...arms), fc.option(fc.record({ text }), { nil: undefined }));
      fc.assert(
        fc.property(fc.array(arm, { maxLength: 3 }), (some) => {
          const values = { code: 1, ...Object.fromEntries(some), id: 7 };
          expect(written(Message, values)).toEqual(writtenByProtobufjs(Message, values));
          expect(written(Message, Object.assign(Object.create(null), values))).toEqual(written(Message, values));
          expect(written(Message, Object.create(values))).toEqual(written(Message, values));
        }),
      );
    });

    it.each<[string, object]>([
      [
        'a getter of a class',
        new (class {
          get arm33() {
            return { text: 'a' };
          }
        })(),
      ],
      ['a property that is not enumerable', Object.defineProperty({}, 'arm33', { value: { text: 'a' } })],
      ['a Proxy with no keys', new Proxy({}, { get: (_, key) => (key === 'arm33' ? { text: 'a' } : undefined) })],
    ])('writes an arm that is %s', (_, values) => {
      expect(written(Message, values)).toEqual(writtenByProtobufjs(Message, { arm33: { text: 'a' } }));
    });

    it('writes no arm that a message does not have, even if every object has something that is called so', () => {
      const named = protobuf.parse(`
        syntax = "proto3";
        message Message { uint32 id = 1; oneof arm { ${arms.map((name, index) => `string ${name} = ${index + 2};`).join(' ')} string constructor = 99; } }`);
      named.root.resolveAll();
      const Named = named.root.lookupType('Message');
      for (const values of [{ id: 1 }, { id: 1, arm1: 'a' }, { id: 1, arm1: 'a', arm2: 'b' }]) {
        const [last] = Object.entries(values).slice(-1);
        expect(read(Named, written(Named, values), {})).toStrictEqual({ id: 1, [last![0]]: last![1] });
      }
      expect(read(Named, written(Named, { id: 1, constructor: 'c' }), {})).toStrictEqual({ id: 1, constructor: 'c' });
    });

    it('takes no more for two oneofs with many members than for each of them', () => {
      const members = (name: string, from: number): string =>
        Array.from({ length: 40 }, (_, index) => `bool ${name}${index} = ${from + index};`).join(' ');
      const { root } = protobuf.parse(
        `syntax = "proto3"; message Message { uint32 id = 1; oneof a { ${members('a', 2)} } oneof b { ${members('b', 50)} } }`,
      );
      root.resolveAll();
      const Message = root.lookupType('Message');
      const compile = jest.spyOn(protobuf, 'encoder');
      const encoder = plainEncoder(Message);
      for (let index = 0; index < 1_600; index++) {
        const values = { id: 7, [`a${index % 40}`]: true, [`b${Math.floor(index / 40)}`]: true };
        const writer = new MessageWriter();
        encoder.encode(encoder.message(values, 0), writer);
        expect(Buffer.from(writer.finish())).toEqual(writtenByProtobufjs(Message, values));
      }
      // One for each member, and one for what is around them.
      const fields = compile.mock.calls.map(([{ fieldsArray }]) => fieldsArray.length);
      compile.mockRestore();
      expect(fields).toEqual(new Array(81).fill(1));
    });

    it('asks for no member but the one there is, also where another field stands amid them', () => {
      const members = (from: number): string =>
        Array.from({ length: 20 }, (_, index) => `bool a${from + index} = ${from + index};`).join(' ');
      const { root } = protobuf.parse(
        `syntax = "proto3"; message Message { oneof a { ${members(1)} ${members(30)} } uint32 amid = 25; }`,
      );
      root.resolveAll();
      const Message = root.lookupType('Message');
      const compile = jest.spyOn(protobuf, 'encoder');
      for (const values of [{ a1: true }, { a31: true, amid: 5 }]) {
        expect(written(Message, values)).toEqual(writtenByProtobufjs(Message, values));
      }
      const fields = compile.mock.calls.map(([{ fieldsArray }]) => fieldsArray.map(({ name }) => name));
      compile.mockRestore();
      // One for each time that it was written.
      expect(fields).toEqual([['amid'], ['a1'], ['amid'], ['a31']]);
    });

    it('goes on by the .proto that it was made for', () => {
      const { root } = protobuf.parse(`
        syntax = "proto3";
        message Message { oneof arm { ${arms.map((name, index) => `Arm ${name} = ${index + 2};`).join(' ')} } }
        message Arm { string text = 1; }`);
      root.resolveAll();
      const Changed = root.lookupType('Message');
      const encoder = plainEncoder(Changed);
      const decoder = plainDecoder(Changed, { int64: 'string', enums: 'number', defaults: false });
      root.lookupType('Arm').remove(root.lookupType('Arm').fields.text!);
      const values = { arm7: { text: 'a' } };
      const writer = new MessageWriter();
      encoder.encode(encoder.message(values, 0), writer);
      const bytes = Buffer.from(writer.finish());
      expect(decoder.plain(decoder.decode(new MessageReader(bytes), bytes.length))).toEqual(values);
    });

    it('says which arm does not fit', () => {
      expect(mismatch({ id: 1, arm33: { text: 1 } }, Message)).toBe(
        '.arm33.text has to be a string, and is a value of type number',
      );
    });
  });

  it('writes no deeper than protobufjs reads', () => {
    let nested: object = {};
    for (let depth = 0; depth < 100; depth++) nested = { nested };
    expect(() => everything.decode(written(everything, nested))).not.toThrow();
    expect(() => written(everything, { nested })).toThrow(NotSerializableError);
    expect(() => written(everything, { nested })).toThrow('nested deeper than 100');
  });
});

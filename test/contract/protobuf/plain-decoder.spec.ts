import { deepStrictEqual } from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs';

import { bigintOf, integerOf, isLong } from '../../../lib/contract/protobuf/long.js';
import { plainDecoder } from '../../../lib/contract/protobuf/plain-decoder.js';
import { plainEncoder } from '../../../lib/contract/protobuf/plain-encoder.js';
import type { PlainOptions } from '../../../lib/contract/protobuf/plain-options.js';
import { MessageReader } from '../../../lib/contract/protobuf/message-reader.js';
import { delimited, everything, inherited, legacy, many, tag, varintOf, wireOf } from '../../support/protobuf.js';

const plain: PlainOptions = { int64: 'number', enums: 'number', defaults: true };

function read(type: protobuf.Type, bytes: Buffer, options: Partial<PlainOptions> = {}): object {
  const decoder = plainDecoder(type, { ...plain, ...options });
  return decoder.plain(decoder.decode(new MessageReader(bytes), bytes.length));
}

/** As protobufjs reads it, but for 64 bits, which it leaves as they are. */
function readByProtobufjs(type: protobuf.Type, bytes: Buffer, options: Partial<PlainOptions> = {}): object {
  const { defaults, enums, int64 } = { ...plain, ...options };
  const message = type.toObject(type.decode(bytes), { defaults, ...(enums === 'name' && { enums: String }) });
  const forms = {
    number: integerOf,
    bigint: bigintOf,
    string: (long: Parameters<typeof bigintOf>[0]) => `${bigintOf(long)}`,
  };
  const formed = (value: unknown): unknown => {
    if (isLong(value)) return forms[int64](value);
    if (Array.isArray(value)) return value.map(formed);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, formed(entry)]));
  };
  return formed(message) as object;
}

/** Of V8's own, which have no names in JavaScript otherwise. */
function hasFastProperties(value: object): boolean {
  setFlagsFromString('--allow-natives-syntax');
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- see above
    return (new Function('value', 'return %HasFastProperties(value)') as (value: object) => boolean)(value);
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

const outcome = (run: () => object): unknown => {
  try {
    return run();
  } catch {
    return 'thrown';
  }
};

const options = fc.record<PlainOptions>({
  int64: fc.constantFrom('number', 'bigint', 'string'),
  enums: fc.constantFrom('number', 'name'),
  defaults: fc.boolean(),
});

describe('plainDecoder', () => {
  it.each([
    ['proto3', everything],
    ['proto2', legacy],
    ['an edition', delimited],
    ['names that every object has', inherited],
    ['a oneof with many members', many],
  ])('reads of %s what protobufjs reads, whatever comes', (_, type) => {
    let compared = 0;
    fc.assert(
      fc.property(wireOf(type), options, (bytes, chosen) => {
        const expected = outcome(() => readByProtobufjs(type, bytes, chosen));
        if (expected !== 'thrown') compared++;
        // That of Jest asks the objects themselves for their `constructor`.
        deepStrictEqual(
          outcome(() => read(type, bytes, chosen)),
          expected,
        );
      }),
      { numRuns: 2_000 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });

  const encoded = (type: protobuf.Type, ...messages: object[]): Buffer =>
    Buffer.concat(messages.map((message) => type.encode(type.fromObject(message)).finish()));

  it.each([
    ['aUint64', [0, 127, 128, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n]],
    ['anInt64', [0, -1, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]],
    ['aSint64', [0, -1, 1, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]],
    ['aFixed64', [0, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n]],
    ['aSfixed64', [0, -1, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]],
  ])('has 64 bits exactly: %s', (field, values) => {
    for (const value of values) {
      const bytes = encoded(everything, { [field]: String(value) });
      expect(read(everything, bytes)).toHaveProperty(field, value);
      expect(read(everything, bytes, { int64: 'bigint' })).toHaveProperty(field, BigInt(value));
      expect(read(everything, bytes, { int64: 'string' })).toHaveProperty(field, String(value));
    }
  });

  it('takes the parts of a message for one, and the last member of a oneof for the one', () => {
    const bytes = encoded(
      everything,
      { nested: { aBool: true, numbers: [1], oneText: 'first' }, oneLong: 1 },
      { nested: { anInt32: 5, numbers: [2, 3], oneColor: 'RED' }, oneNested: { aBool: true } },
      { oneNested: { maybe: 0 } },
    );
    const whole = read(everything, bytes, { defaults: false, enums: 'name' });
    expect(whole).toEqual({
      nested: { aBool: true, anInt32: 5, numbers: [1, 2, 3], oneColor: 'RED' },
      oneNested: { aBool: true, maybe: 0 },
    });
  });

  describe.each([true, false])('of names that every object has, with defaults: %s', (defaults) => {
    const part = { keys: 'x' };

    it.each<[string, object, object]>([
      ['a message', { constructor: part }, { constructor: { keys: 'y' } }],
      ['a member of a oneof', { toString: part }, { toString: { keys: 'y' } }],
      ['an optional message', { hasOwnProperty: part }, { hasOwnProperty: { keys: 'y' } }],
      ['a list', { isPrototypeOf: [1] }, { isPrototypeOf: [2] }],
      ['a list of messages', { propertyIsEnumerable: [part] }, { propertyIsEnumerable: [{ keys: 'y' }] }],
      ['a map', { __defineGetter__: { a: 1 } }, { __defineGetter__: { b: 2 } }],
      ['a map of messages', { toLocaleString: { a: part } }, { toLocaleString: { b: part } }],
    ])('reads %s into the message, and nothing of it elsewhere', (_, first, second) => {
      const builtIns = [Object, ...Object.getOwnPropertyNames(Object.prototype).map((name) => ({})[name as never])];
      const before = builtIns.map((value) => Object.getOwnPropertyDescriptors(value));
      // protobufjs itself would write some of what objects inherit.
      const writer = protobuf.Writer.create();
      const encoder = plainEncoder(inherited);
      for (const some of [{ ...part, ...first }, second]) encoder.encode(encoder.message(some, 0), writer);
      const bytes = Buffer.from(writer.finish());
      deepStrictEqual(read(inherited, bytes, { defaults }), readByProtobufjs(inherited, bytes, { defaults }));
      expect(builtIns.map((value) => Object.getOwnPropertyDescriptors(value))).toEqual(before);
    });
  });

  it('has no default where there is to be none, and one of its own for each message else', () => {
    expect(read(everything, Buffer.alloc(0), { defaults: false })).toStrictEqual({});
    const [first, second] = [0, 1].map(
      () => read(everything, Buffer.alloc(0)) as { numbers: number[]; byText: object },
    );
    expect(first).toMatchObject({ numbers: [], byText: {}, nested: null, aString: '', aUint64: 0 });
    first!.numbers.push(1);
    expect(second!.numbers).toEqual([]);
    expect(first!.byText).not.toBe(second!.byText);
  });

  it.each(['', '[default = "abc"]'])('has bytes of its own for each message where none were sent %s', (given) => {
    const { root } = protobuf.parse(`syntax = "proto2"; message Message { optional bytes some = 1 ${given}; }`);
    root.resolveAll();
    const [first, second] = [0, 1].map(() => read(root.lookupType('Message'), Buffer.alloc(0)) as { some: Buffer });
    expect(first!.some).toEqual(second!.some);
    first!.some.fill(0x78);
    expect(second!.some.toString()).toBe(given && 'abc');
    // Not even none are shared: who transfers them to a worker takes them from nobody else.
    expect(second!.some).not.toBe(first!.some);
    if (given === '') expect(second!.some.buffer).not.toBe(first!.some.buffer);
  });

  it.each(['-0.0', '0', 'nan', 'inf'])('has the default %s, as protobufjs has it', (given) => {
    const { root } = protobuf.parse(
      `syntax = "proto2"; message Message { optional double some = 1 [default = ${given}]; optional float other = 2 [default = ${given}]; }`,
    );
    root.resolveAll();
    const Message = root.lookupType('Message');
    expect(read(Message, Buffer.alloc(0))).toStrictEqual(readByProtobufjs(Message, Buffer.alloc(0)));
  });

  it('takes no entry of a map for a message that lacks what is required, not even one without a message', () => {
    const { root } = protobuf.parse(`
      syntax = "proto2";
      message Message { map<string, Strict> entries = 1; }
      message Strict { required uint32 id = 1; }`);
    root.resolveAll();
    expect(() => read(root.lookupType('Message'), Buffer.of(10, 3, 10, 1, 0x61))).toThrow("missing required 'id'");
  });

  it('has bytes for the entry of a map that has none', () => {
    const { root } = protobuf.parse('syntax = "proto3"; message Message { map<string, bytes> entries = 1; }');
    root.resolveAll();
    const { entries } = read(root.lookupType('Message'), Buffer.of(10, 3, 10, 1, 0x61)) as { entries: { a: unknown } };
    expect(entries.a).toStrictEqual(Buffer.alloc(0));
  });

  describe('of a message without fields', () => {
    const { root } = protobuf.parse('syntax = "proto3"; message Ping {}');
    root.resolveAll();
    const Ping = root.lookupType('Ping');

    it('skips what a newer peer has in it', () => {
      const group = Buffer.concat([tag(5, 3), tag(1, 0), varintOf(1n), tag(5, 4)]);
      expect(read(Ping, Buffer.concat([group, tag(16, 0), varintOf(1n)]))).toStrictEqual({});
    });

    it('takes no field that has the number 0', () => {
      expect(() => read(Ping, Buffer.of(2, 0))).toThrow('illegal tag');
    });
  });

  it('makes objects that V8 has a shape for, also where a peer sends what need not be sent', () => {
    // As one that had a field deleted has not, which takes many times the memory.
    const fields = Array.from({ length: 30 }, (_, index) => `int32 f${index + 1} = ${index + 1};`);
    const { root } = protobuf.parse(`syntax = "proto3"; message Item { ${fields.join(' ')} }`);
    root.resolveAll();
    const decoder = plainDecoder(root.lookupType('Item'), plain);
    for (const bytes of [[], [8, 0], [8, 1]]) {
      const message = decoder.decode(new MessageReader(Buffer.from(bytes)), bytes.length);
      expect(hasFastProperties(message)).toBe(true);
      expect(hasFastProperties(decoder.plain(message))).toBe(true);
    }
  });

  it('takes no text that goes on behind the message it is in', () => {
    const inner = Buffer.from([...tag(14, 2), 3, 0x61]);
    const bytes = Buffer.concat([tag(17, 2), Buffer.from([inner.length]), inner, Buffer.from('bcd')]);
    expect(() => read(everything, bytes)).toThrow('index out of range');
  });

  it('has keys like any other, whatever they are called', () => {
    const byText = JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, number>;
    const { byText: entries } = read(everything, encoded(everything, { byText })) as { byText: object };
    expect(Object.entries(entries)).toEqual(Object.entries(byText));
    expect(Object.getPrototypeOf(entries)).toBe(Object.prototype);
  });

  it('reads as deep as protobufjs does', () => {
    const nested = (depth: number): Buffer => {
      let bytes = Buffer.alloc(0);
      for (let i = 0; i < depth; i++) bytes = Buffer.concat([tag(17, 2), varintOf(BigInt(bytes.length)), bytes]);
      return bytes;
    };
    expect(() => read(everything, nested(100))).not.toThrow();
    expect(() => read(everything, nested(101))).toThrow('max depth exceeded');
  });

  it('takes no text that is no UTF-8', () => {
    const text = (...bytes: number[]): Buffer => Buffer.from([...tag(14, 2), bytes.length, ...bytes]);
    expect(read(everything, text(0xef, 0xbf, 0xbd))).toHaveProperty('aString', '\ufffd');
    expect(read(everything, text(0xef, 0xbb, 0xbf, 0x61))).toHaveProperty('aString', '\ufeffa');
    expect(() => read(everything, text(0x61, 0xff))).toThrow('not valid');
  });

  it('leaves a reader where a message ended', () => {
    const bytes = encoded(everything, { aString: 'first' }, { aString: 'second' });
    const reader = new MessageReader(bytes);
    const decoder = plainDecoder(everything, plain);
    expect(decoder.decode(reader, 7)).toHaveProperty('aString', 'first');
    expect([reader.pos, reader.len]).toEqual([7, bytes.length]);
    expect(decoder.decode(reader, bytes.length - 7)).toHaveProperty('aString', 'second');
  });

  it('takes any name for a name', () => {
    const odd = new protobuf.Type('Odd');
    const names = ["it's", '"];throw 1;[', '\\', '`${1}`', '\u2028', 'constructor', 'm', 'r'];
    names.forEach((name, index) => odd.add(new protobuf.Field(name, index + 1, 'uint32')));
    new protobuf.Root().add(odd).resolveAll();
    const bytes = Buffer.concat(names.map((_, index) => Buffer.concat([tag(index + 1, 0), varintOf(5n)])));
    expect(Object.entries(read(odd, bytes))).toEqual(names.map((name) => [name, 5]));
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deepStrictEqual } from 'node:assert';

import { jsonPayload } from '../../../lib/contract/index.js';
import { NotSerializableError, UnreadablePayloadError } from '../../../lib/errors/index.js';
import { jsonValue } from '../../support/json-values.js';

const payloads = jsonPayload();

/** Copied: the next call may write over it. */
function written(value: unknown, by = payloads): string {
  return Buffer.from(by.serialize(value)).toString();
}

function read(text: string, by = payloads): unknown {
  const bytes = Buffer.from(`##${text}##`);
  return by.deserialize(bytes, 2, bytes.length - 2);
}

describe('jsonPayload', () => {
  it('gives back what JSON can say, from wherever it lies', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = written(value);
        fc.pre(!text.includes('__proto__'));
        expect(JSON.stringify(read(text))).toBe(text);
      }),
    );
  });

  it('writes and reads as JSON does, whatever came before', () => {
    const long = fc.array(jsonValue, { minLength: 5, maxLength: 30 });
    const many = fc.constantFrom(
      'l'.repeat(70),
      'ü'.repeat(2_000),
      Array.from({ length: 2_000 }, (_, i) => i),
    );
    const dated = fc.constant({ at: new Date(0) });
    fc.assert(
      fc.property(fc.array(fc.oneof(jsonValue, long, many, dated), { maxLength: 40 }), (values) => {
        // Whether the short way is tried depends on where it led to before.
        const by = jsonPayload();
        for (const value of values) {
          const text = written(value, by);
          expect(text).toBe(JSON.stringify(value));
          if (!text.includes('__proto__')) deepStrictEqual(read(text, by), JSON.parse(text));
        }
      }),
    );
  });

  it('writes typical values without a text', () => {
    for (const value of [null, 1, 'pong', true, [], { id: 7, name: 'Ada', tags: ['a', 'b'], price: 1.5 }]) {
      expect(jsonPayload().serialize(value)).toBeInstanceOf(Uint8Array);
    }
  });

  it('says what cannot be written, and why', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const throwing = {
      toJSON() {
        throw Object.create(null);
      },
    };
    const by = jsonPayload();
    for (let round = 0; round < 5; round++) {
      expect(() => by.serialize(1n)).toThrow(NotSerializableError);
      expect(() => by.serialize(1n)).toThrow(/BigInt/);
      expect(() => by.serialize({ deep: [1n] })).toThrow(/BigInt/);
      expect(() => by.serialize(Symbol('s'))).toThrow(/symbol/);
      expect(() => by.serialize(undefined)).toThrow(/undefined/);
      expect(() => by.serialize(() => 1)).toThrow(/function/);
      expect(() => by.serialize({ toJSON: () => undefined })).toThrow(NotSerializableError);
      expect(() => by.serialize(circle)).toThrow(/circular/);
      expect(() => by.serialize(throwing)).toThrow(NotSerializableError);
    }
    expect(written({ a: 1 }, by)).toBe('{"a":1}');
  });

  it('says what a getter threw, and writes the next value', () => {
    const cause = new Error('no');
    const value = {
      a: 1,
      get b(): never {
        throw cause;
      },
    };
    const by = jsonPayload();
    for (let round = 0; round < 5; round++) {
      let thrown: unknown;
      try {
        by.serialize(value);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(NotSerializableError);
      expect((thrown as Error).cause).toBe(cause);
      expect(written({ a: 1 }, by)).toBe('{"a":1}');
    }
  });

  it('writes a value while another one is written', () => {
    const by = jsonPayload();
    const inner = { inner: 'i'.repeat(30) };
    const within: string[] = [];
    const ask = (): number => within.push(written(inner, by));
    const values = [
      { a: 'before', get b() { return ask() && 1; }, c: 'behind' }, // prettier-ignore
      { a: 'before', b: { toJSON: () => ask() && 1 }, c: 'behind' },
      { toJSON: () => ask() && { a: 'before', b: 1, c: 'behind' } },
    ];
    for (let round = 0; round < 20; round++) {
      for (const value of values) expect(written(value, by)).toBe('{"a":"before","b":1,"c":"behind"}');
    }
    expect(within.length).toBeGreaterThanOrEqual(60);
    expect(new Set(within)).toEqual(new Set([JSON.stringify(inner)]));
  });

  it('keeps the cause, and the payload out of the text', () => {
    const bytes = Buffer.from('{"password": hunter2}');
    let thrown: unknown;
    try {
      payloads.deserialize(bytes, 0, bytes.length);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UnreadablePayloadError);
    expect((thrown as Error).message).not.toContain('hunter2');
    expect((thrown as Error).cause).toMatchObject({ name: 'SyntaxError' });
  });

  describe('reads no keys __proto__', () => {
    it.each([
      ['as it is', '{"a":{"__proto__":{"admin":true},"b":1}}'],
      ['with an escape', '{"a":{"\\u005f_proto__":{"admin":true},"b":1}}'],
      ['with another escape', '{"a":{"__\\u0070\\u0072oto__":{"admin":true},"b":1}}'],
      ['with capital digits', '{"a":{"__prot\\u006F__":{"admin":true},"b":1}}'],
      ['all of it escaped', '{"a":{"\\u005F\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":1,"b":1}}'],
      ['in an array', '[[{"__proto__":1}]]'],
    ])('%s', (_, text) => {
      const value = read(text);
      expect(JSON.stringify(value)).toBe(text.startsWith('[') ? '[[{}]]' : '{"a":{"b":1}}');
      expect(Object.getPrototypeOf(Array.isArray(value) ? {} : (value as { a: object }).a)).toBe(Object.prototype);
    });

    it('as often as they come', () => {
      const by = jsonPayload();
      for (let round = 0; round < 20; round++) {
        expect(Object.keys(read('{"a":1,"__proto__":{"b":2}}', by) as object)).toEqual(['a']);
        expect(Object.keys(read('{"a":1,"\\u005f_proto__":{"b":2}}', by) as object)).toEqual(['a']);
        expect(read('{"a":1}', by)).toEqual({ a: 1 });
      }
    });

    it('however its letters are written', () => {
      const written = fc.tuple(
        ...[...'__proto__'].map((letter) => {
          const hex = letter.charCodeAt(0).toString(16).padStart(4, '0');
          return fc.constantFrom(letter, `\\u${hex}`, `\\u${hex.toUpperCase()}`);
        }),
      );
      fc.assert(fc.property(written, (letters) => expect(read(`{"${letters.join('')}":1,"b":2}`)).toEqual({ b: 2 })));
    });

    it('and leaves the word alone where it is a value', () => {
      const value = { text: '__proto__', more: ['\u0001', 'a \\u005f'], constructor: { prototype: 1 } };
      expect(read(JSON.stringify(value))).toEqual(value);
    });
  });

  describe('reads nothing deeper than it may', () => {
    const nested = (depth: number, open: string, close: string, core: string): string =>
      open.repeat(depth) + core + close.repeat(depth);

    it.each([
      ['arrays', '[', ']', '1'],
      ['empty arrays', '[', ']', ''],
      ['objects', '{"a":', '}', '1'],
      ['arrays with more in them', '[{},[1,"]]]"],', ']', '1'],
      ['objects with quotes in their strings', '{"b":"\\"}}}]]]","a":', '}', '1'],
      ['objects with a backslash at the end of a string', '{"b":"\\\\","a":', '}', '1'],
    ])('%s', (_, open, close, core) => {
      const depth = open.includes('[1') ? 63 : 64;
      expect(JSON.stringify(read(nested(depth, open, close, core)))).toBe(nested(depth, open, close, core));
      expect(() => read(nested(65, open, close, core))).toThrow(UnreadablePayloadError);
      expect(() => read(nested(65, open, close, core), jsonPayload(0))).not.toThrow();
    });

    it('but as wide as it likes, and brackets in strings are none', () => {
      const wide = Array.from({ length: 1_000 }, (_, i) => ({ i, list: [[]] }));
      expect(read(JSON.stringify(wide))).toEqual(wide);
      const text = ['['.repeat(1_000), '{'.repeat(1_000), '"\\'.repeat(100)];
      expect(read(JSON.stringify(text))).toEqual(text);
    });

    it('which is just what the depth of the value is', () => {
      const depthOf = (value: unknown): number =>
        typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
      fc.assert(
        fc.property(
          fc.jsonValue({ maxDepth: 12, stringUnit: 'binary' }),
          fc.integer({ min: 1, max: 8 }),
          (value, max) => {
            const text = JSON.stringify(value);
            const reading = (): unknown => read(text, jsonPayload(max));
            if (depthOf(JSON.parse(text)) > max) expect(reading).toThrow(UnreadablePayloadError);
            else expect(reading).not.toThrow();
          },
        ),
      );
    });

    it.each([1, 2, 3, 16, 17])('%d, by the short way and by the long one', (max) => {
      const by = jsonPayload(max);
      for (let round = 0; round < 20; round++) {
        for (const [open, close] of [
          ['[', ']'],
          ['{"a":', '}'],
        ] as const) {
          const text = nested(max, open, close, '1');
          expect(JSON.stringify(read(text, by))).toBe(text);
          // Blanks are not for the short way.
          expect(JSON.stringify(read(` ${text} `, by))).toBe(text);
          const deeper = nested(max + 1, open, close, '1');
          expect(() => read(deeper, by)).toThrow(`The payload nests deeper than ${max}`);
          expect(() => read(` ${deeper} `, by)).toThrow(`The payload nests deeper than ${max}`);
        }
      }
    });

    it('and says so of a million brackets, in whatever state they are', () => {
      for (const text of ['[', '{"a":', '[{"a":', '[[]', ']']) {
        expect(() => read(text.repeat(1_000_000))).toThrow(UnreadablePayloadError);
      }
    });
  });
});

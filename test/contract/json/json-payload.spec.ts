import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { jsonPayload } from '../../../lib/contract/index.js';
import { NotSerializableError, UnreadablePayloadError } from '../../../lib/errors/index.js';

const payloads = jsonPayload();

function read(text: string, by = payloads): unknown {
  const bytes = Buffer.from(`##${text}##`);
  return by.deserialize(bytes, 2, bytes.length - 2);
}

describe('jsonPayload', () => {
  it('gives back what JSON can say, from wherever it lies', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = payloads.serialize(value) as string;
        fc.pre(!text.includes('__proto__'));
        expect(JSON.stringify(read(text))).toBe(text);
      }),
    );
  });

  it('says what cannot be written, and why', () => {
    expect(() => payloads.serialize(1n)).toThrow(NotSerializableError);
    expect(() => payloads.serialize(1n)).toThrow(/BigInt/);
    expect(() => payloads.serialize(Symbol('s'))).toThrow(/symbol/);
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

    it('and says so of a million brackets, in whatever state they are', () => {
      for (const text of ['[', '{"a":', '[{"a":', '[[]', ']']) {
        expect(() => read(text.repeat(1_000_000))).toThrow(UnreadablePayloadError);
      }
    });
  });
});

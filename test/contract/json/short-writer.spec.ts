import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { MAX_SHORT, MAX_SHORT_DEPTH, MAX_SHORT_TEXT } from '../../../lib/contract/json/short.js';
import { ShortWriter } from '../../../lib/contract/json/short-writer.js';
import { jsonValue, number, text } from '../../support/json-values.js';

const writer = new ShortWriter();

function written(value: unknown, by = writer): string | undefined {
  const bytes = by.write(value);
  return bytes && Buffer.from(bytes).toString();
}

/** What JSON.stringify makes, or nothing for what it makes nothing of. */
function stringified(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Whatever is written is right. To leave it to JSON.stringify is right as well. */
function expectRight(value: unknown, by = writer): void {
  const json = written(value, by);
  if (json !== undefined) expect(json).toBe(stringified(value));
}

/** It is right, and short. */
function expectTaken(value: unknown): void {
  expect(written(value)).toBe(JSON.stringify(value));
}

describe('ShortWriter', () => {
  describe('writes what JSON.stringify makes', () => {
    it('of any value that JSON has', () => {
      fc.assert(
        fc.property(jsonValue, (value) => expectRight(value)),
        { numRuns: 1_000 },
      );
    });

    it('of numbers', () => {
      fc.assert(
        fc.property(number, (value) => expectTaken(value)),
        { numRuns: 3_000 },
      );
      fc.assert(fc.property(number, number, (one, other) => expectTaken({ one, list: [other, -other] })));
    });

    it('of integers of each length, at both of its ends', () => {
      for (let power = 1; power <= 2 ** 53; power *= 10) {
        for (const value of [power - 1, power, power + 1, 9 * power, -power]) expectTaken([value]);
      }
      for (let bits = 0; bits <= 53; bits++) {
        for (const step of [-1, 0, 1]) expectTaken([2 ** bits + step]);
      }
    });

    it('of texts', () => {
      fc.assert(
        fc.property(text, (value) => {
          expectRight(value);
          expectRight({ [value]: [value] });
        }),
        { numRuns: 3_000 },
      );
    });

    it('of each character', () => {
      for (let code = 0; code < 0x300; code++)
        expectTaken({ [`a${String.fromCharCode(code)}`]: String.fromCharCode(code) });
      for (const each of ['\u2028', '\u2029', '\ud800', '\udc00', '\udfff\ud800', '\ud83d\ude00', '\ufeff', '\uffff']) {
        expectTaken({ [each]: `-${each}-` });
      }
    });

    it('of values that are to be found in a message', () => {
      const at = { lat: 52.52, lng: -13.405 };
      for (const value of [
        null,
        true,
        false,
        '',
        'pong',
        42,
        -1.5,
        [],
        {},
        [[]],
        [{}],
        { id: 7, name: 'Ada' },
        { n: 1_700_000_000_000, ok: true, none: null, tags: ['a', 'b'], at },
        { error: 'nötig', code: 'E_"QUOTED"' },
        { left: undefined, kept: 1 },
        { left: undefined },
      ]) {
        expectTaken(value);
      }
    });
  });

  describe('is right about', () => {
    class Point {
      constructor(
        readonly x: number,
        private readonly hidden: string,
      ) {}

      get sum(): string {
        return this.hidden + this.x;
      }
    }

    class Money extends Number {}
    class Name extends String {}
    class Flag extends Boolean {}
    class List extends Array<number> {}
    class Sent {
      toJSON(): unknown {
        return { sent: [1] };
      }
    }
    class SentToo extends Sent {
      readonly more = 1;
    }

    function argumentsOf(..._: unknown[]): unknown {
      return arguments; // eslint-disable-line prefer-rest-params
    }

    const sparse: number[] = [];
    sparse[5] = 1;
    const circle: Record<string, unknown> = {};
    circle['self'] = [circle];
    const { rawJSON } = JSON as { rawJSON?: (text: string) => object };

    it.each<[string, unknown]>([
      ['nothing', undefined],
      ['a function', () => 1],
      ['a symbol', Symbol('s')],
      ['what JSON has not, in an object', { a: undefined, b: () => 1, c: Symbol('s'), [Symbol('s')]: 1, d: 1 }],
      ['what JSON has not, in an array', [undefined, () => 1, Symbol('s'), 1]],
      ['holes', [1, , 2]], // eslint-disable-line no-sparse-arrays
      ['a sparse array', sparse],
      ['an array with more than items', Object.assign([1], { more: 2 })],
      ['keys like integers, whose order is another', { b: 1, 10: 2, a: 3, 2: 4, '-1': 5, '01': 6, 4294967295: 7 }],
      ['keys with escapes', { '"': 1, '\\': 2, '\n': 3, '': 4, ü: 5, '\u2028': 6, '\ud800': 7, '\u007f': 8 }],
      ['a key __proto__', JSON.parse('{"a":{"__proto__":{"b":1}}}')],
      ['toJSON', { toJSON: () => 'a text' }],
      ['toJSON that is given the key', { key: { toJSON: (key: string) => key } }],
      ['toJSON that answers nothing', [{ toJSON: () => undefined }]],
      ['toJSON that is inherited', [new SentToo()]],
      ['toJSON that is hidden', Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 2 })],
      ['toJSON of an array', Object.assign([1], { toJSON: () => 2 })],
      ['toJSON that is no function', [{ toJSON: 1 }, { toJSON: null }, { toJSON: undefined, a: 1 }]],
      ['a Date', new Date(0)],
      ['a Date that is none', new Date(NaN)],
      ['a Buffer', Buffer.from('ab')],
      ['a URL', new URL('https://example.com/')],
      ['a Map', new Map([[1, 2]])],
      ['a Set', new Set([1])],
      ['an Error', new Error('e')],
      ['an Error with fields', Object.assign(new Error('e'), { code: 'E' })],
      ['a RegExp', /r/g],
      ['a typed array', Uint8Array.of(1, 2)],
      ['floats', Float64Array.of(-0, NaN, 1.5)],
      ['an ArrayBuffer', new ArrayBuffer(2)],
      ['a Promise', Promise.resolve(1)],
      ['arguments', argumentsOf(1, 'a')],
      ['an instance', new Point(1, 'h')],
      ['an array of a class', List.of(1, 2)],
      ['a getter', { get now() { return 5; } }], // prettier-ignore
      ['what is not enumerable', Object.defineProperty({ a: 1 }, 'b', { value: 2 })],
      ['what is inherited', Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } })],
      ['what hides what is inherited', Object.create({ a: 1 }, { a: { value: 2, enumerable: false } })],
      ['boxed values', [Object(1), Object('text'), Object(false), Object('ü')]],
      ['a boxed symbol', [Object(Symbol('s'))]],
      ['classes of boxed values', [new Money(5), new Name('n'), new Flag(false), new Money(NaN)]],
      ['no prototype', Object.assign(Object.create(null), { a: 1 })],
      ['raw JSON', rawJSON ? [rawJSON('1.50'), { raw: rawJSON('"r"') }] : []],
      ['an object behind a Proxy', new Proxy({ b: 1, a: [2] }, {})],
      ['an array behind a Proxy', new Proxy([1, { a: 2 }], {})],
      ['a Proxy that makes things up', new Proxy({ a: 1 }, { get: (_, key) => (key === 'a' ? 'made up' : undefined) })],
      ['a function behind a Proxy', [new Proxy(() => 1, {})]],
      ['a bigint', 1n],
      ['a bigint within', { deep: [1n] }],
      ['a boxed bigint', [Object(1n)]],
      ['a circle', circle],
      ['a module', Math],
    ])('%s', (_, value) => {
      const by = new ShortWriter();
      // Twice: it remembers prototypes.
      for (let round = 0; round < 2; round++) {
        expectRight(value, by);
        expectRight({ first: 1, value, last: [value, 2] }, by);
      }
      expect(written({ still: 'right' }, by)).toBe('{"still":"right"}');
    });

    it('values that have become others in the meantime', () => {
      const value: Record<string, unknown> = { a: 1, b: 2 };
      expectTaken(value);
      delete value['a'];
      value['c'] = [1];
      expectTaken(value);
      Object.setPrototypeOf(value, new Sent());
      expectRight(value);
      expect(written(value)).toBeUndefined();
    });

    it('boxed values, when what only looks like them came first', () => {
      for (const [looks, boxed] of [
        [Object.create(Number.prototype), new Number(5)],
        [new Proxy(new Number(5), {}), new Number(5)],
        [Object.create(Money.prototype), new Money(5)],
        [Object.create(Name.prototype), new Name('n')],
      ]) {
        const by = new ShortWriter();
        for (const value of [looks, boxed, looks]) expectRight({ value }, by);
      }
    });

    it.each<[string, object, PropertyDescriptor]>([
      ['a field of all objects', Object.prototype, { value: 1, enumerable: true }],
      ['toJSON of all objects', Object.prototype, { value: () => 'all', enumerable: false }],
      ['toJSON of all arrays', Array.prototype, { value: () => 'arrays', enumerable: false }],
      ['toJSON of all texts, which is not asked', String.prototype, { value: () => 'texts', enumerable: false }],
    ])('%s', (name, prototype, descriptor) => {
      const key = name.startsWith('toJSON') ? 'toJSON' : 'everywhere';
      const values = [{ a: 1 }, [1], { a: [{ b: 'text' }] }, 'text', new Point(1, 'h')];
      let seen: [string | undefined, string | undefined][];
      Object.defineProperty(prototype, key, { ...descriptor, configurable: true });
      try {
        seen = values.map((value) => [written(value), stringified(value)]);
      } finally {
        Reflect.deleteProperty(prototype, key);
      }
      for (const [json, right] of seen) if (json !== undefined) expect(json).toBe(right);
    });

    it('an array that grows while it is written', () => {
      const growing = (): unknown[] => {
        const items: unknown[] = [{ get a() { return items.push(1); } }]; // prettier-ignore
        return items;
      };
      const json = written(growing());
      if (json !== undefined) expect(json).toBe(JSON.stringify(growing()));
    });
  });

  describe('at the end of what is short', () => {
    /** A list that is written as just `length` bytes. */
    function filling(length: number): unknown[] {
      const items: unknown[] = [];
      let left = length - 1;
      while (left > 0) {
        // With its quotes and what comes behind it, and never just two left, for which there is nothing.
        const size = left <= 40 ? left : Math.min(30, left - 10);
        items.push('f'.repeat(size - 3));
        left -= size;
      }
      expect(JSON.stringify(items)).toHaveLength(length);
      return items;
    }

    const kinds: [string, unknown][] = [
      ['a text', 'text'],
      ['an empty text', ''],
      ['a long text', 'l'.repeat(MAX_SHORT_TEXT)],
      ['a text with escapes', '\u0000"\\'],
      ['a text of two bytes each', 'üß'],
      ['a text of three bytes each', '€€€'],
      ['a text of four bytes each', '\u{1f600}\u{1f600}'],
      ['lone surrogates', '\ud800\udc00\udfff\ud800'],
      ['a digit', 1],
      ['the most digits', Number.MAX_SAFE_INTEGER],
      ['the longest number', -(2 ** -1022)],
      ['what is no number', NaN],
      ['true', true],
      ['false', false],
      ['null', null],
      ['an empty list', []],
      ['an empty object', {}],
      ['lists in lists', [[[[]]], []]],
      ['an object', { a: 1, b: 'b' }],
      ['an object with nothing in it', { a: undefined }],
      ['objects in objects', { a: { b: { c: {} } } }],
      ['a key with escapes', { '\u0001': 1 }],
      ['a key of three bytes each', { '€€€': '€' }],
      ['an empty key', { '': '' }],
    ];

    it.each(kinds)('%s', (_, value) => {
      const own = JSON.stringify(value).length;
      for (let length = MAX_SHORT - own - 80; length <= MAX_SHORT + 8; length++) {
        if (length < 5) continue;
        const before = filling(length);
        for (const whole of [
          [...before, value],
          [...before, value, value],
          { before, value },
          { value, before },
          { before, more: { value, last: value } },
          [[before, [value]]],
        ]) {
          expectRight(whole);
          const bytes = writer.write(whole);
          if (bytes) expect(bytes.length).toBeLessThanOrEqual(MAX_SHORT);
        }
      }
    });

    it('leaves what is longer, and takes what is well below', () => {
      expectTaken(filling(MAX_SHORT - 8));
      expect(written(filling(MAX_SHORT + 1))).toBeUndefined();
      expect(written(Array.from({ length: MAX_SHORT }, (_, i) => i))).toBeUndefined();
      expect(written(Object.fromEntries(filling(2 * MAX_SHORT).map((each, i) => [`k${i}`, each])))).toBeUndefined();
      expect(written('e'.repeat(1_000_000))).toBeUndefined();
    });

    it('takes texts up to their limit', () => {
      for (let length = 0; length <= MAX_SHORT_TEXT; length++) expectTaken('t'.repeat(length));
      for (let length = MAX_SHORT_TEXT + 1; length <= MAX_SHORT_TEXT + 6; length++) {
        expect(written('t'.repeat(length))).toBeUndefined();
        expect(written({ ['t'.repeat(length)]: 1 })).toBeUndefined();
      }
    });

    it('takes values up to their depth', () => {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const nested = (depth: number): unknown => JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);
        expectTaken(nested(MAX_SHORT_DEPTH));
        expect(written(nested(MAX_SHORT_DEPTH + 1))).toBeUndefined();
        expect(written(nested(5_000))).toBeUndefined();
      }
    });
  });

  describe('while a value is written', () => {
    it('leaves another one, and writes on where it was', () => {
      const by = new ShortWriter();
      let inner: unknown = 'not asked';
      const value = {
        before: 'b',
        get other() {
          inner = by.write({ other: 'o'.repeat(20) });
          return 1;
        },
        behind: 'b',
      };
      expect(written(value, by)).toBe('{"before":"b","other":1,"behind":"b"}');
      expect(inner).toBeUndefined();
      expect(written({ other: 1 }, by)).toBe('{"other":1}');
    });

    it('leaves what throws, and writes the next', () => {
      const by = new ShortWriter();
      const value = {
        a: 1,
        get b(): never {
          throw new Error('no');
        },
      };
      expect(by.write(value)).toBeUndefined();
      expect(by.write([value])).toBeUndefined();
      expect(written({ a: 1 }, by)).toBe('{"a":1}');
    });
  });

  it('writes one value after another, whatever it wrote or left before', () => {
    const by = new ShortWriter();
    const long = fc.constantFrom<unknown>(
      'l'.repeat(MAX_SHORT),
      Array.from({ length: MAX_SHORT }, () => '€'),
      1n,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: jsonValue }, { weight: 1, arbitrary: long })), (values) => {
        for (const value of values) expectRight(value, by);
        expect(written({ last: 1 }, by)).toBe('{"last":1}');
      }),
    );
  });
});

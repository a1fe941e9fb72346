import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deepStrictEqual } from 'node:assert';

import { MAX_SHORT_DEPTH, MAX_SHORT_TEXT } from '../../../lib/contract/json/short.js';
import { ShortReader } from '../../../lib/contract/json/short-reader.js';
import { collectGarbage } from '../../support/collect-garbage.js';
import { jsonValue, number } from '../../support/json-values.js';
import { turn } from '../../support/turn.js';

const reader = new ShortReader(0);

/** What may lie behind it in its chunk, and would go on with it. */
const more = ['', '0', '.5', 'e1', '"', ']', '}', ',1]', ',"a":1}', 'rue', 'alse', 'ull', '\\"', 'u0041"', '\u0080'];
/** What may lie before it, also the beginning of a character. */
const before = ['', '#', '"', '[', '-', '\\', '\u00e2\u0082'];

const around = fc.tuple(fc.constantFrom(...before), fc.constantFrom(...more));

function read(json: string | Uint8Array, [first, last] = ['##', '##'], by = reader): unknown {
  const bytes = Buffer.from(json);
  const whole = Buffer.concat([Buffer.from(first, 'latin1'), bytes, Buffer.from(last, 'latin1')]);
  const value = by.read(whole, first.length, first.length + bytes.length);
  // Nothing of it may be a view of the bytes, which are the next message's soon.
  whole.fill('?');
  return value;
}

/** Whatever is read is what JSON.parse makes. To leave it to JSON.parse is right as well. */
function expectRight(json: string | Uint8Array, between?: [string, string], by = reader): unknown {
  const value = read(json, between, by);
  if (value !== undefined) expectParsed(value, json);
  return value;
}

/** It is right, and short. */
function expectTaken(json: string, between?: [string, string]): void {
  expectParsed(read(json, between), json);
}

function expectLeft(json: string | Uint8Array): void {
  for (const last of more) expect(read(json, ['##', last])).toBeUndefined();
}

function expectParsed(value: unknown, json: string | Uint8Array): void {
  const parsed: unknown = JSON.parse(Buffer.from(json).toString('utf8'));
  // Numbers as Object.is has them, and prototypes; then the order of the keys.
  deepStrictEqual(value, parsed);
  expect(JSON.stringify(value)).toBe(JSON.stringify(parsed));
}

describe('ShortReader', () => {
  describe('reads what JSON.parse makes', () => {
    it('of any value, whatever lies around it', () => {
      fc.assert(
        fc.property(jsonValue, around, (value, between) => {
          expectRight(JSON.stringify(value), between);
        }),
        { numRuns: 1_000 },
      );
    });

    it('of values that are to be found in a message', () => {
      for (const json of [
        'null',
        'true',
        'false',
        '0',
        '-0',
        '42',
        '-1.5',
        '""',
        '"pong"',
        '"a text that is longer than twelve"',
        '[]',
        '{}',
        '[[],{}]',
        '{"id":7,"name":"Ada","tags":["a","b"],"none":null,"at":{"lat":52.52,"lng":-13.405},"ok":true}',
        '{"error":"nötig","code":"E_\\"QUOTED\\"","":0}',
        '{"when":1700000000000,"exact":9007199254740991,"more":1e3}',
      ]) {
        for (const last of more) expectTaken(json, ['##', last]);
      }
    });

    it('of keys in their order', () => {
      for (const json of [
        '{"b":1,"10":2,"a":3,"2":4,"-1":5,"01":6,"4294967295":7}',
        '{"a":1,"b":2,"a":3}',
        '{"\\u0061":1,"b":2,"a":3}',
        '{"constructor":1,"toString":2,"hasOwnProperty":3,"length":4}',
        '{"prototype":{"__proto":1,"_proto__":2}}',
      ]) {
        expectTaken(json);
      }
    });

    it('of what it has read before, and of what only looks like it', () => {
      for (let round = 0; round < 3; round++) {
        for (const json of ['{"key":1}', '{"kex":1}', '{"k\\u0065y":1}', '{"":1}', '{"kéy":1}', '{"kêy":1}']) {
          expectTaken(json);
        }
      }
    });
  });

  describe('reads numbers', () => {
    const sign = fc.constantFrom('', '-');
    const digits = (maxLength: number, minLength = 0): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

    it('that are any double', () => {
      fc.assert(
        fc.property(number, around, (value, between) => {
          fc.pre(Number.isFinite(value));
          const json = Object.is(value, -0) ? '-0' : String(value);
          expect(read(json, between)).toBe(value);
          expectTaken(`[${json}]`, between);
        }),
        { numRuns: 5_000 },
      );
    });

    it('of many digits, with a point anywhere', () => {
      fc.assert(
        fc.property(sign, digits(20, 1), fc.nat(20), around, (minus, all, point, between) => {
          const at = point % all.length;
          const whole = (at === 0 ? all : all.slice(0, at)).replace(/^0+(?=\d)/, '');
          const json = minus + whole + (at === 0 ? '' : `.${all.slice(at)}`);
          expect(read(json, between)).toBe(Number(json));
        }),
        { numRuns: 10_000 },
      );
    });

    it('with an exponent', () => {
      const exponent = fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(3, 1));
      fc.assert(
        fc.property(sign, fc.nat(), digits(5), exponent, (minus, whole, decimals, last) => {
          const json = `${minus}${whole}${decimals && '.'}${decimals}${last.join('')}`;
          expect(read(json)).toBe(Number(json));
        }),
      );
    });

    it('up to the last that is exact, and behind it', () => {
      for (let step = -300; step <= 300; step++) {
        const json = String(2n ** 53n + BigInt(step));
        for (const each of [json, `-${json}`, `${json}.0`, `0.${json}`, `${json}0`, `1${json}`]) {
          expect(read(each)).toBe(Number(each));
        }
      }
    });

    it.each(['-0', '-0.0', '0.0', '-0e1', '0e0', '-0.000000000000000000001e-400', '1e400'])('%s', (json) => {
      expect(read(json)).toBe(Number(json));
    });

    it('but nothing that JSON does not have', () => {
      const odd = [
        '-',
        '+1',
        '.5',
        '1.',
        '-.5',
        '1.e1',
        '1e',
        '1e+',
        '1e1.5',
        '00',
        '01',
        '-01',
        '00.5',
        '--1',
        '1-1',
        '1+1',
      ];
      for (const json of [...odd, '1.2.3', '1ee1', '0x1', '1_0', '1n', 'NaN', 'Infinity', '-Infinity', '-a', '1a']) {
        expectLeft(json);
        expectLeft(`[${json}]`);
        expectLeft(`{"a":${json}}`);
      }
    });
  });

  describe('reads texts', () => {
    it('of each character, and of each that is escaped', () => {
      for (let code = 0x20; code < 0x300; code++) {
        const hex = code.toString(16).padStart(4, '0');
        const letter = String.fromCharCode(code);
        if (letter !== '"' && letter !== '\\') expectTaken(`{"k${letter}":"${letter}"}`);
        expectTaken(`["\\u${hex}","a\\u${hex.toUpperCase()}"]`);
      }
      expectTaken('"\\"\\\\\\/\\b\\f\\n\\r\\t"');
      expectTaken('"\\ud83d\\ude00 \\ude00\\ud83d \\ud83d"');
      expectTaken('"\u2028\u2029\ufeff\uffff\u{1f600}"');
    });

    it('up to their limit', () => {
      for (let length = 0; length <= MAX_SHORT_TEXT; length++) {
        expectTaken(`"${'t'.repeat(length)}"`);
        expectTaken(`{"${'k'.repeat(length)}":"${'t'.repeat(length)}"}`);
      }
      for (let length = MAX_SHORT_TEXT + 1; length < MAX_SHORT_TEXT + 5; length++) {
        expectLeft(`"${'t'.repeat(length)}"`);
        expectLeft(`{"${'k'.repeat(length)}":1}`);
      }
      for (let length = 0; length < MAX_SHORT_TEXT + 5; length++) {
        for (const last of ['ü', '€', '\\n', '\\u0041', '\\\\']) expectRight(`["${'t'.repeat(length)}${last}",1]`);
      }
    });

    it('whose bytes are no UTF-8', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.map((byte) => (byte < 0x20 ? byte | 0x80 : byte))),
          around,
          (bytes, between) => {
            const quoted = Buffer.from(`"${Buffer.from(bytes).toString('latin1')}"`, 'latin1');
            for (const json of [quoted, Buffer.concat([Buffer.from('{'), quoted, Buffer.from(':1}')])]) {
              let isJson = true;
              try {
                JSON.parse(json.toString());
              } catch {
                isJson = false;
              }
              if (isJson && !json.includes('\\')) expectParsed(read(json, between), json);
              else expectRight(json, between);
            }
          },
        ),
        { numRuns: 3_000 },
      );
    });

    it('but nothing that JSON does not have', () => {
      for (let code = 0; code < 0x20; code++) {
        const letter = String.fromCharCode(code);
        for (const text of [letter, `a${letter}`, `ü${letter}`, `\\n${letter}`, `\\${letter}`]) {
          expectLeft(`"${text}"`);
          expectLeft(`{"${text}":1}`);
        }
      }
      for (const text of [
        '"',
        '"a',
        '"\\"',
        '"\\',
        '"ü',
        '"ü\\',
        "'a'",
        '"\\x"',
        '"\\u12"',
        '"\\u12g4"',
        '"\\U0041"',
        '"a"b"',
      ]) {
        expectLeft(text);
        expectLeft(`[${text}]`);
        expectLeft(`{${text}:1}`);
      }
    });
  });

  describe('leaves to JSON.parse', () => {
    it('what is no JSON', () => {
      for (const json of [
        ...['', '[', ']', '{', '}', '[1', '[1,', '[1,]', '[,1]', '[,]', '[1 2]', '[1;2]', '[1}', '[1]]', '[[1]', '1,2'],
        ...['{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,}', '{"a"}', '{"a",1}', '{a:1}', '{1:1}', '{"a":1]'],
        ...['{"a":1}}', '{"a":1 "b":2}', '{"a"::1}', '{"a":}', '{null:1}', '{"a":1,,"b":2}', '{}{}', '[]1', '1[]'],
        ...[
          't',
          'tru',
          'truE',
          'truee',
          'True',
          'nul',
          'nulll',
          'f',
          'fals',
          'undefined',
          'a',
          '/**/1',
          '1//',
          '\ufeff1',
        ],
      ]) {
        expect(() => JSON.parse(json) as unknown).toThrow();
        expectLeft(json);
      }
    });

    it('blanks', () => {
      for (const blank of [' ', '\n', '\r', '\t']) {
        for (const json of [
          `${blank}1`,
          `1${blank}`,
          `[${blank}]`,
          `[1,${blank}2]`,
          `{"a":${blank}1}`,
          `{"a"${blank}:1}`,
        ]) {
          expectLeft(json);
        }
      }
      expectTaken('" \u2028 "');
    });

    it('keys __proto__, however they are written', () => {
      for (const key of ['__proto__', '\\u005f_proto__', '__prot\\u006F__', '\\u005F\\u005f\\u0070roto\\u005f_']) {
        expectLeft(`{"${key}":{"a":1}}`);
        expectLeft(`[{"a":{"b":1,"${key}":1}}]`);
      }
      expectTaken('{"a":"__proto__"}');
    });

    it('what is deeper than it may be', () => {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
        ['[{},{"a":', '}]'],
      ] as const) {
        for (let maxDepth = 0; maxDepth <= MAX_SHORT_DEPTH + 4; maxDepth++) {
          const by = new ShortReader(maxDepth);
          const most = maxDepth === 0 ? MAX_SHORT_DEPTH : Math.min(maxDepth, MAX_SHORT_DEPTH);
          for (let times = 0; times <= MAX_SHORT_DEPTH + 4; times++) {
            const depth = open.startsWith('[{') ? 2 * times : times;
            const json = `${open.repeat(times)}1${close.repeat(times)}`;
            if (depth <= most) expectParsed(read(json, undefined, by), json);
            else expect(read(json, undefined, by)).toBeUndefined();
          }
        }
      }
    });
  });

  it('holds nothing of the chunk that a value came in', async () => {
    const by = new ShortReader(0);
    const texts = ['"short"', '"a text that is longer than twelve"', '{"a key that is kept":"ü\\n","n":1.5}', '[1,'];
    const chunks = texts.map((text) => {
      const chunk = Buffer.allocUnsafeSlow(1_000_000);
      return { held: by.read(chunk, 0, chunk.write(text)), chunk: new WeakRef(chunk.buffer) };
    });
    // A WeakRef holds until the turn is over.
    await turn();
    collectGarbage();
    expect(chunks.map(({ chunk }) => chunk.deref())).toEqual(texts.map(() => undefined));
    expect(chunks[0]!.held).toBe('short');
  });

  it('is right about whatever bytes come', () => {
    const change = fc.record({
      at: fc.nat(1_000),
      how: fc.constantFrom('set' as const, 'insert' as const, 'remove' as const, 'cut' as const),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\,:[]{}0123456789.-+eEu tfn'))),
    });
    let taken = 0;
    let left = 0;
    fc.assert(
      fc.property(jsonValue, fc.array(change, { minLength: 1, maxLength: 3 }), around, (value, changes, between) => {
        const bytes = [...Buffer.from(JSON.stringify(value))];
        for (const { at, how, byte } of changes) {
          const index = at % (bytes.length + 1);
          if (how === 'cut') bytes.length = index;
          else bytes.splice(index, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]));
        }
        if (expectRight(Buffer.from(bytes), between) === undefined) left++;
        else taken++;
      }),
      { numRuns: 10_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), around, (bytes, between) => {
        expectRight(bytes, between);
      }),
    );
    expect(taken).toBeGreaterThan(500);
    expect(left).toBeGreaterThan(500);
  });
});

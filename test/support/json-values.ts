import fc from 'fast-check';

/** Any number, and those near where their form changes: in JSON, in V8, or in what is exact. */
export const number: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.nat(1_000),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: -22, max: 22 })).map(([digits, power]) => digits * 10 ** power),
  fc
    .tuple(fc.double({ noNaN: true }), fc.integer({ min: 1, max: 17 }))
    .map(([value, digits]) => Number(value.toPrecision(digits))),
  fc
    .tuple(fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 53, 1e8, 1e15, 1e16, 1e21), fc.integer({ min: -60, max: 60 }))
    .map(([value, step]) => value + step),
  fc.constantFrom(
    -0,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    2 ** -1022,
    Number.MAX_VALUE,
    Number.EPSILON,
    1e-7,
    1e-6,
    123e-20,
  ),
  fc.integer({ min: 1, max: 90_071_992 }).map((times) => times * 1e8 - 1),
);

/** Any text, a lone surrogate among its characters now and then, and mostly about as long as a short one may be. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 70 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 60, maxLength: 70 }),
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 })), { maxLength: 70 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', '0', '10', '-1', '\u2028\u2029', '\u007f', '"', '\\'),
);

/** Any value that JSON has, with what is hard in it. */
export const jsonValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 6 }),
    // Made by JSON.parse, which makes a key `__proto__` a key like any other.
    fc.array(fc.tuple(text, tie('value')), { maxLength: 6 }).map((entries) => JSON.parse(textOf(entries)) as unknown),
  ),
})).value;

function textOf(entries: [string, unknown][]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

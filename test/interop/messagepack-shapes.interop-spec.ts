import { beforeAll, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  f32,
  f64,
  i64,
  list,
  mapOf,
  optional,
  string,
  struct,
  u16,
  u32,
  u64,
  unit,
  variants,
} from 'nestjs-protosocket/messagepack';

import { formatOf, frameOf } from '../support/messagepack.js';
import { whenAvailable } from './support/required.js';
import { buildRust, hasCargo, program } from './support/rust.js';

/** The struct of the program `shapes`, in Rust. */
const Shapes = struct({
  unsigned: u64,
  signed: i64,
  short: u32,
  single: f32,
  double: f64,
  text: string,
  numbers: mapOf(u16),
  nothing: unit,
  variants: list(variants({ Unit: unit, Number: u64, Struct: struct({ ratio: optional(f64) }) })),
});
const blank = Shapes.blank();

const [low, high] = ['\ud83e', '\udd80'];
const values: readonly Partial<typeof blank>[] = [
  {},
  ...[0, 127, 128, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n].map((unsigned) => ({ unsigned })),
  ...[2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].map((unsigned) => ({ unsigned })),
  ...[-1, -128, -129, -32_769, -(2 ** 31), -(2 ** 31) - 1, 1 - 2 ** 53, -(2n ** 63n)].map((signed) => ({ signed })),
  ...[2 ** 32, 2 ** 53 - 1, 2n ** 63n - 1n].map((signed) => ({ signed })),
  ...[0, 2 ** 31, 2 ** 32 - 1].map((short) => ({ short })),
  ...[1, -1, 2 ** 24, 2 ** 40, 0.5, 0.1, -1.1, 3.4e38, 1e-45].map((single) => ({ single: Math.fround(single) })),
  ...[1, -1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, 0.5, 0.1, -1.1, 5e-324].map((double) => ({ double })),
  ...['', 'é', `${low}${high}`, '\ufeff', `\ufeff${'a'.repeat(100)}`, 'x'.repeat(70_000)].map((text) => ({ text })),
  { numbers: { a: 0, b: 65_535, __proto: 3, '': 4, 7: 5 } },
  { numbers: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`key ${i}`, i])) },
  { variants: ['Unit', { Number: 2 ** 40 }, { Struct: { ratio: 3 } }, { Struct: { ratio: null } }] },
];

interface Answer {
  readonly message?: Record<string, unknown>;
  readonly hex?: string;
  readonly error?: string;
}

/** What Rust reads in frames, and the frames that it makes of that. */
function answersOfRust(frames: readonly Buffer[]): Answer[] {
  const input = frames.map((frame) => `${frame.toString('hex')}\n`).join('');
  const output = execFileSync(program('shapes'), { input, encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 60_000 });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

const asRustShows = (shapes: typeof blank): Record<string, unknown> => ({
  unsigned: String(shapes.unsigned),
  signed: String(shapes.signed),
  short: shapes.short,
  single: shapes.single,
  double: shapes.double,
  text: shapes.text,
  numbers: shapes.numbers,
});

whenAvailable('cargo', hasCargo)('what is written in MessagePack', () => {
  beforeAll(() => buildRust(), 600_000);

  it.each([
    ['arrays', false],
    ['maps', true],
  ])('is what Rust reads, and Rust is read: structs are %s', (_, structsAsMaps) => {
    const format = formatOf(Shapes, { structsAsMaps });
    const all = values.map((some) => ({ ...blank, ...some }));
    const answers = answersOfRust(all.map((shapes) => frameOf(format, shapes)));
    expect(answers).toHaveLength(all.length);
    answers.forEach(({ error, hex, message }, i) => {
      const shapes = all[i]!;
      expect(error).toBeUndefined();
      expect(message).toMatchObject(asRustShows(shapes));
      const frame = Buffer.from(hex!, 'hex');
      expect(format.read(frame, 0, frame.length)).toEqual(shapes);
    });
    expect(answers.at(-1)!.message!.variants).toBe(
      '[Unit, Number(1099511627776), Struct { ratio: Some(3.0) }, Struct { ratio: None }]',
    );
  });

  it('is text that Rust has, also where half of a surrogate pair was meant', () => {
    const format = formatOf(Shapes);
    const texts = [low, `a${high}b`, `${high}${low}`, low + 'x'.repeat(100), 'é'.repeat(40_000) + low];
    const answers = answersOfRust(texts.map((text) => frameOf(format, { ...blank, text })));
    expect(answers.map(({ message }) => message?.text)).toEqual(texts.map((text) => Buffer.from(text).toString()));
  });
});

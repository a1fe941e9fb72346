import { describe, expect, it } from '@jest/globals';
import {
  bool,
  f32,
  f64,
  i64,
  i8,
  type Kind,
  list,
  mapOf,
  optional,
  string,
  struct,
  u16,
  u8,
  unit,
  variants,
} from 'nestjs-protosocket/messagepack';

import { hex, read, written } from '../../support/messagepack.js';

/*
 * What rmp-serde 1.3.1 writes for
 *
 *   struct All { a: i8, b: i64, c: f32, d: f64, e: bool, f: Vec<u8>, g: BTreeMap<String, u16>,
 *                h: Unit, i: Option<E>, j: Vec<E>, k: (), l: String }
 *   struct Unit;
 *   enum E { A, B(i64), C { x: f32 } }
 *
 * with `to_vec` and with `to_vec_named`.
 */
const E = variants({ A: unit, B: i64, C: struct({ x: f32 }) });
const fields: Record<string, Kind> = {
  ...{ a: i8, b: i64, c: f32, d: f64, e: bool, f: list(u8), g: mapOf(u16) },
  ...{ h: struct({}), i: optional(E), j: list(E), k: unit, l: string },
};
const All = struct(fields);
const all = {
  ...{ a: -100, b: -5_000_000_000, c: 1.5, d: 3, e: true, f: [1, 200], g: { x: 300 } },
  ...{ h: {}, i: { B: 7 }, j: ['A', { B: 2 ** 40 }, { C: { x: 0.5 } }], k: null, l: 'é'.repeat(20) },
};
const [A, B, C, X] = ['a141', 'a142', 'a143', 'a178'];
const text = `d928 ${'c3a9'.repeat(20)}`;
const asArray = hex(
  `9c d09c d3fffffffed5fa0e00 ca3fc00000 cb4008000000000000 c3 92 01 ccc8 81 ${X} cd012c
   90 81 ${B} 07 93 ${A} 81 ${B} cf0000010000000000 81 ${C} 91 ca3f000000 c0 ${text}`,
);
const asMap = hex(
  `8c a161 d09c a162 d3fffffffed5fa0e00 a163 ca3fc00000 a164 cb4008000000000000 a165 c3 a166 92 01 ccc8
   a167 81 ${X} cd012c a168 90 a169 81 ${B} 07 a16a 93 ${A} 81 ${B} cf0000010000000000 81 ${C} 81 ${X} ca3f000000
   a16b c0 a16c ${text}`,
);

describe('what rmp-serde writes', () => {
  it('is read', () => {
    expect(read(All, asArray)).toEqual(all);
    expect(read(All, asMap)).toEqual(all);
  });

  it('is written to the byte, but for what serde reads in several forms', () => {
    // f32 as f64; 3.0, an f64, as an integer; and 2^40, an i64, as signed.
    const instead = [
      [/ca3fc00000/g, 'cb3ff8000000000000'],
      [/ca3f000000/g, 'cb3fe0000000000000'],
      [/cb4008000000000000/g, '03'],
      [/cf(0000010000000000)/g, 'd3$1'],
    ] as const;
    const asOurs = (bytes: Buffer): string =>
      instead.reduce((text, [theirs, ours]) => text.replace(theirs, ours), bytes.toString('hex'));
    expect(written(All, all).toString('hex')).toBe(asOurs(asArray));
    expect(written(All, all, { structsAsMaps: true }).toString('hex')).toBe(asOurs(asMap));
  });

  it('comes back from what is written', () => {
    for (const structsAsMaps of [false, true]) {
      expect(read(All, written(All, all, { structsAsMaps }))).toEqual(all);
    }
  });
});

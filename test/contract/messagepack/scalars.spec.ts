import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';

import type { Kind } from '../../../lib/contract/messagepack/kind.js';
import { bool, bytes, string, unit } from '../../../lib/contract/messagepack/scalars.js';
import { NotSerializableError, ProtocolViolationError } from '../../../lib/errors/index.js';
import { hex, read, written } from '../../support/messagepack.js';

/** A value of each kind, and how it is written. */
const samples: [kind: Kind, value: unknown, form: string][] = [
  [bool, true, 'c3'],
  [string, 'a', 'a161'],
  [bytes, Buffer.from('a'), 'c40161'],
  [unit, null, 'c0'],
];

describe('scalars', () => {
  it('are of their kind and no other', () => {
    const others = [0, 1n, [], {}];
    const otherForms = ['07', '90', '80', 'd40501', 'cb0000000000000000', 'cf8000000000000000'];
    for (const [kind, value, form] of samples) {
      expect(written(kind, value).toString('hex')).toBe(form);
      expect(read(kind, hex(form))).toEqual(value);
      expect(read(kind, written(kind, kind.blank()))).toEqual(kind.blank());
      const rest = samples.filter(([other]) => other !== kind);
      for (const other of [...rest.map(([, each]) => each), ...others]) {
        expect(() => written(kind, other)).toThrow(NotSerializableError);
      }
      for (const other of [...rest.map(([, , each]) => each), ...otherForms]) {
        expect(() => read(kind, hex(other))).toThrow(ProtocolViolationError);
      }
    }
  });

  it('a bool is one byte', () => {
    expect(written(bool, true).toString('hex') + written(bool, false).toString('hex')).toBe('c3c2');
    expect([read(bool, hex('c3')), read(bool, hex('c2'))]).toEqual([true, false]);
  });

  it('a string is as long as its UTF-8, in the shortest form', () => {
    const headers: [number, string][] = [
      [0, 'a0'],
      [31, 'bf'],
      [32, 'd920'],
      [255, 'd9ff'],
      [256, 'da0100'],
      [65_535, 'daffff'],
      [65_536, 'db00010000'],
    ];
    for (const [length, header] of headers) {
      const text = 'a'.repeat(length);
      const result = written(string, text);
      expect(result.toString('hex')).toBe(header + '61'.repeat(length));
      expect(read(string, result)).toBe(text);
    }
    expect(written(string, 'é'.repeat(16)).toString('hex')).toBe('d920' + 'c3a9'.repeat(16));
  });

  it('a string is any text, also one that begins with a byte order mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(read(string, written(string, text))).toBe(text);
      }),
    );
  });

  it('a string is UTF-8, also where half of a surrogate pair is written', () => {
    const halves = fc.string({ unit: fc.constantFrom('\ud83e', '\udd80', 'a', 'é'), maxLength: 80 });
    fc.assert(
      fc.property(halves, (text) => {
        const result = written(string, text);
        expect(isUtf8(result.subarray(text.length && result.length > 33 ? 2 : 1))).toBe(true);
        expect(read(string, result)).toBe(Buffer.from(text).toString());
      }),
    );
    for (const bad of ['a1ff', 'a2c3c3', 'a3eda080', 'd901e0', 'a2fffd']) {
      expect(() => read(string, hex(bad))).toThrow(ProtocolViolationError);
    }
  });

  it('bytes are a view of what came, in the shortest form', () => {
    const headers: [number, string][] = [
      [0, 'c400'],
      [255, 'c4ff'],
      [256, 'c50100'],
      [65_535, 'c5ffff'],
      [65_536, 'c600010000'],
    ];
    for (const [length, header] of headers) {
      const result = written(bytes, new Uint8Array(length).fill(7));
      expect(result.subarray(0, header.length / 2).toString('hex')).toBe(header);
      const value = read(bytes, result);
      expect(value).toEqual(Buffer.alloc(length, 7));
      expect(value.buffer).toBe(result.buffer);
    }
  });
});

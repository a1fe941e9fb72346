import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { EMPTY_HASH, hashedWith, KnownTexts } from '../../lib/contract/known-texts.js';

describe('KnownTexts', () => {
  it('reads what is there, however often, whatever came before it', () => {
    const texts = new KnownTexts();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 70 }), { maxLength: 50 }), (values) => {
        for (const text of [...values, ...values]) {
          const bytes = Buffer.from(`<${text}>`);
          expect(texts.read(bytes, 1, bytes.length - 1)).toBe(text);
        }
      }),
    );
  });

  it('keeps more texts apart than it has places', () => {
    const texts = new KnownTexts();
    for (let round = 0; round < 3; round++) {
      for (let number = 0; number < 2_000; number++) {
        const bytes = Buffer.from(`pattern.${number}`);
        expect(texts.read(bytes, 0, bytes.length)).toBe(`pattern.${number}`);
      }
    }
  });

  it('keeps no view of the bytes, which are written over', () => {
    const texts = new KnownTexts();
    const bytes = Buffer.from('first');
    expect(texts.read(bytes, 0, 5)).toBe('first');
    bytes.write('other');
    expect(texts.read(Buffer.from('first'), 0, 5)).toBe('first');
    expect(texts.read(bytes, 0, 5)).toBe('other');
  });

  it('finds for who has gone through the bytes what it reads itself, and the other way round', () => {
    const texts = new KnownTexts();
    const found = (text: string): string => {
      const bytes = Buffer.from(`<${text}>`);
      let hash = EMPTY_HASH;
      for (let at = 1; at < bytes.length - 1; at++) hash = hashedWith(hash, bytes[at]!);
      return texts.find(bytes, 1, bytes.length - 1, hash);
    };
    const read = (text: string): string => {
      const bytes = Buffer.from(`<${text}>`);
      return texts.read(bytes, 1, bytes.length - 1);
    };
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 70 }), { maxLength: 20 }), (values) => {
        for (const text of values) expect([found(text), read(text), found(text)]).toEqual([text, text, text]);
        for (const text of values) expect([read(text), found(text)]).toEqual([text, text]);
      }),
    );
  });

  it('tells texts apart that have one place', () => {
    const texts = new KnownTexts();
    // The same hash for all of them, as who makes them up could have it.
    for (const text of ['one', 'two', 'one', '', 'on', 'one1', 'zwölf', 'one']) {
      const bytes = Buffer.from(`#${text}#`);
      expect(texts.find(bytes, 1, bytes.length - 1, EMPTY_HASH)).toBe(text);
    }
  });
});

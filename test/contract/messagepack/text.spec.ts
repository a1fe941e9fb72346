import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';

import { isMarked, isText, MARK } from '../../../lib/contract/messagepack/text.js';

const part = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 3 }).map((array) => Buffer.from(array)),
);

describe('isText', () => {
  it('is true of UTF-8 and nothing else, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.nat(5), fc.nat(5), (parts, before, after) => {
        const bytes = Buffer.concat(parts);
        const whole = Buffer.concat([Buffer.alloc(before, 0xff), bytes, Buffer.alloc(after, 0x80)]);
        expect(isText(whole, before, before + bytes.length)).toBe(isUtf8(bytes));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('isMarked', () => {
  it('is true of what begins with U+FEFF', () => {
    expect(isMarked(Buffer.concat([Buffer.from('a'), MARK, Buffer.from('b')]), 1)).toBe(true);
    for (const other of ['', 'a', '\ufeef', 'ï»¿']) expect(isMarked(Buffer.from(other), 0)).toBe(false);
  });
});

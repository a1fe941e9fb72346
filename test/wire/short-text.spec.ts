import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { shortText } from '../../lib/wire/index.js';

describe('shortText', () => {
  it('reads ASCII of up to 12 characters, whatever lies around it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii', maxLength: 12 }),
        fc.uint8Array({ maxLength: 4 }),
        fc.uint8Array({ minLength: 12, maxLength: 16 }),
        (text, before, behind) => {
          const bytes = Buffer.concat([before, Buffer.from(text), behind]);
          expect(shortText(bytes, before.length, before.length + text.length)).toBe(text);
        },
      ),
    );
  });

  it('leaves whatever is not ASCII', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (text) => {
        fc.pre(text.some((byte) => byte > 0x7f));
        expect(shortText(Buffer.concat([text, Buffer.alloc(12)]), 0, text.length)).toBeUndefined();
      }),
    );
  });

  it('leaves what is longer, and what is too near the end of the buffer', () => {
    expect(shortText(Buffer.alloc(32, 'a'), 0, 13)).toBeUndefined();
    expect(shortText(Buffer.alloc(14, 'a'), 2, 4)).toBe('aa');
    expect(shortText(Buffer.alloc(13, 'a'), 2, 4)).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';

import { textOf } from '../../lib/errors/index.js';

describe('textOf', () => {
  it.each<[string, unknown, string]>([
    ['an error', new TypeError('wrong'), 'TypeError: wrong'],
    ['a text', 'wrong', 'wrong'],
    ['nothing', undefined, 'undefined'],
    ['a symbol', Symbol('wrong'), 'Symbol(wrong)'],
    ['an object without a prototype', Object.create(null) as object, 'something that has no text'],
    [
      'an object that throws',
      {
        toString() {
          throw new Error('not that either');
        },
      },
      'something that has no text',
    ],
  ])('is the text of %s', (_, thrown, text) => {
    expect(textOf(thrown)).toBe(text);
  });
});

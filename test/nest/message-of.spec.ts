import { describe, expect, it } from '@jest/globals';

import { messageOf, UNKNOWN_ERROR_MESSAGE } from '../../lib/nest/message-of.js';

describe('messageOf', () => {
  it.each<[string, unknown, string]>([
    ['a text', 'no', 'no'],
    ['an error', new Error('no'), 'no'],
    ['an object with a message', { message: 5 }, '5'],
    ['an object whose message has no text', { message: Object.create(null) as object }, 'something that has no text'],
    ['anything else', { status: 'error' }, UNKNOWN_ERROR_MESSAGE],
  ])('tells %s', (_, failure, text) => {
    expect(messageOf(failure)).toBe(text);
  });
});

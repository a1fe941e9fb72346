import { describe, expect, it } from '@jest/globals';

import { CallMessages } from '../../../lib/contract/envelope/call-message.js';

describe('CallMessages', () => {
  it('makes messages of calls, each of its own', () => {
    const messages = new CallMessages('request "id"', 'code');
    const make = messages.withField('arm');
    const body = { text: 'a' };
    const expected = { 'request "id"': 7, code: 2, arm: body };
    expect(make(7, 2, body)).toStrictEqual(expected);
    expect(make(7, 2, body)).not.toBe(make(7, 2, body));
    expect(messages.of(7, 2, { arm: body })).toStrictEqual(expected);
  });
});

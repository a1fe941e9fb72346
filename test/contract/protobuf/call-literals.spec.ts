import { describe, expect, it } from '@jest/globals';

import { CallMessages } from '../../../lib/contract/envelope/call-message.js';
import { CallLiterals } from '../../../lib/contract/protobuf/call-literals.js';

describe('CallLiterals', () => {
  it.each(['arm', 'an "arm"', 'constructor'])('makes what CallMessages makes, with the field %s', (name) => {
    const literals = new CallLiterals('request "id"', 'code').withField(name);
    const body = { text: 'a' };
    expect(literals(7, 2, body)).toStrictEqual(new CallMessages('request "id"', 'code').withField(name)(7, 2, body));
    expect(literals(7, 2, body)).not.toBe(literals(7, 2, body));
  });
});

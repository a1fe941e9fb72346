import { describe, expect, it } from '@jest/globals';

import { InvalidOptionError } from '../../lib/errors/index.js';
import {
  atLeast,
  checkConnections,
  checkContract,
  checkFirstMessage,
  checkFirstMessageSender,
  checkFlag,
  checkIdempotent,
  checkReplyOrder,
  numbersOf,
} from '../../lib/nest/check-options.js';

const circular: Record<string, unknown> = {};
circular.self = circular;

describe('the checks of options', () => {
  it.each<[string, (value: unknown) => unknown]>([
    ['a flag', (value) => checkFlag('reusePort', value)],
    ['a reply order', checkReplyOrder],
    ['idempotent', (value) => checkIdempotent('echo', value, false)],
    ['a contract', checkContract],
    ["a server's first message", checkFirstMessage],
    ["a client's first message", checkFirstMessageSender],
    ['a number of connections', checkConnections],
    ['a number', (value) => atLeast(0, 'port', value)],
    ['numbers', (value) => numbersOf(1, 'keepalive', { interval: value } as object, { interval: 1 })],
  ])('refuse for %s what has no JSON', (_, check) => {
    expect(() => check(circular)).toThrow(InvalidOptionError);
    expect(() => check(1n)).toThrow(InvalidOptionError);
    expect(() => check(1n)).toThrow(/, and is 1$/);
  });

  it.each([undefined, null])('take no first message whose pattern is %s', (pattern) => {
    expect(() => checkFirstMessage({ pattern, accept: () => true })).toThrow(InvalidOptionError);
  });

  it.each(['auth', { cmd: 'auth' }, 0])('take a first message whose pattern is %j', (pattern) => {
    const options = { pattern, accept: (): boolean => true };
    expect(checkFirstMessage(options)).toBe(options);
  });
});

import { describe, expect, it } from '@jest/globals';
import * as api from 'nestjs-protosocket';
import { readFileSync } from 'node:fs';

import { errorOf } from '../../lib/errors/index.js';

const page = readFileSync('docs/errors.md', 'utf8');

type ErrorClass = new (message: string) => api.ProtosocketError;

const classes = Object.entries(api as Record<string, unknown>).filter(
  (entry): entry is [string, ErrorClass] =>
    typeof entry[1] === 'function' && entry[1].prototype instanceof api.ProtosocketError,
);

describe('docs/errors.md', () => {
  it.each(classes)('has %s with its code, and the class has a code of its own', (name, errorClass) => {
    const { code } = new errorClass('');
    expect(page).toContain(`| \`${code}\` | \`${name}\``);
    expect(classes.filter(([, other]) => new other('').code === code)).toHaveLength(1);
  });

  it.each(Object.values(api.ErrorCode))('%s has a class', (code) => {
    expect(classes.map(([, errorClass]) => new errorClass('').code)).toContain(code);
  });

  it('names no code that there is not', () => {
    const named = [...page.matchAll(/^\| `([A-Z_]+)` \| `\w+Error`/gm)].map(([, code]) => code);
    expect(named.sort()).toEqual(Object.values(api.ErrorCode).sort());
  });

  it.each([
    'NO_HANDLER',
    'CANCELLED',
    'DEADLINE_EXCEEDED',
    'UNAVAILABLE',
    'RESOURCE_EXHAUSTED',
    'MESSAGE_TOO_LARGE',
    'NOT_SERIALIZABLE',
    'UNREADABLE_PAYLOAD',
    'INVALID_REQUEST',
    'UNAUTHENTICATED',
  ])('%s, which travels, arrives as its class', (code) => {
    expect(errorOf({ code, message: 'm' })).toMatchObject({
      code,
      message: 'm',
      name: expect.stringMatching(/Error$/),
    });
  });

  it('a code from a newer peer stays readable', () => {
    expect(errorOf({ code: 'toString', message: 'm' })).toEqual({ status: 'error', code: 'toString', message: 'm' });
  });
});

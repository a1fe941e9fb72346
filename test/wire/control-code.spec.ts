import { describe, expect, it } from '@jest/globals';

import { ControlCode, controlCodeOf } from '../../lib/wire/index.js';

describe('controlCodeOf', () => {
  it.each([
    [0, ControlCode.Normal],
    [1, ControlCode.Cancel],
    [2, ControlCode.End],
    [3, ControlCode.Cancel],
    [2 ** 32 - 1, ControlCode.Cancel],
  ])('reads %d as %d: there is no room for more codes', (value, code) => {
    expect(controlCodeOf(value)).toBe(code);
  });
});

import { describe, expect, it } from '@jest/globals';

import { integerOf, plainInteger } from '../../../lib/contract/messagepack/integers.js';

describe('integerOf', () => {
  it('is a number up to 2^53-1, and a bigint beyond', () => {
    expect([0, 0n, -7, -7n, 2 ** 53 - 1, 2n ** 53n - 1n, 1n - 2n ** 53n].map(integerOf)).toEqual([
      ...[0, 0, -7, -7, 2 ** 53 - 1, 2 ** 53 - 1, 1 - 2 ** 53],
    ]);
    expect([2 ** 53, 2n ** 53n, 2n ** 53n + 1n, -(2 ** 53), 2 ** 60].map(integerOf)).toEqual([
      ...[2n ** 53n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n), 2n ** 60n],
    ]);
  });

  it('is nothing where there is no integer', () => {
    expect([0.5, Number.NaN, Infinity, '1', null, undefined, true, [1], {}].map(integerOf)).toEqual(
      new Array(9).fill(undefined),
    );
  });
});

describe('plainInteger', () => {
  it('is a bigint beyond 32 bits, which msgpackr would write as floats', () => {
    const small = [0, 1, 2 ** 32 - 1, -1, -(2 ** 31)];
    expect(small.map(plainInteger)).toEqual(small);
    const large = [2 ** 32, -(2 ** 31) - 1, 2 ** 53 - 1, 2n ** 64n - 1n];
    expect(large.map(plainInteger)).toEqual(large.map(BigInt));
  });
});

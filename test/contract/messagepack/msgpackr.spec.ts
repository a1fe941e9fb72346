import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Packr } from 'msgpackr';

import { anything } from '../../../lib/contract/messagepack/anything.js';
import { read, written } from '../../support/messagepack.js';

const packr = new Packr({ useRecords: false, variableMapSize: true });

/**
 * JSON without what the two do not share: keys that msgpackr renames, halves of surrogate pairs, which it writes as they
 * are, and a byte order mark, which it may drop. Integers beyond 32 bits are not written alike either.
 */
const value = fc
  .jsonValue({ maxDepth: 6, stringUnit: 'grapheme' })
  .filter((json) => !/__proto__|\ufeff/.test(JSON.stringify(json)))
  .map((json) => JSON.parse(JSON.stringify(json)) as unknown);

const isLarge = (json: unknown): boolean =>
  typeof json === 'number'
    ? Number.isInteger(json) && (json >= 2 ** 32 || json < -(2 ** 31))
    : typeof json === 'object' && json !== null && Object.values(json).some(isLarge);

describe('This project and msgpackr', () => {
  it('agree on what this project writes', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(numbers(packr.unpack(written(anything, original)))).toEqual(original);
      }),
      { numRuns: 2_000 },
    );
  });

  it('agree on what msgpackr writes', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(read(anything, Buffer.from(packr.pack(original)))).toEqual(original);
      }),
      { numRuns: 2_000 },
    );
  });

  it('write the same bytes, up to 32 bits', () => {
    fc.assert(
      fc.property(
        value.filter((json) => !isLarge(json)),
        (original) => {
          expect(written(anything, original).equals(packr.pack(original))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** Integers of 64 bits are bigints for msgpackr. */
function numbers(json: unknown): unknown {
  if (typeof json === 'bigint') return Number(json);
  if (Array.isArray(json)) return json.map(numbers);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, numbers(item)]));
}

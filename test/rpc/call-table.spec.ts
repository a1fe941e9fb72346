import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { CallTable } from '../../lib/rpc/call-table.js';

interface Call {
  readonly id: number | bigint;
}

/** Ids that meet in one place, that are far apart, and that no number can hold. */
const ids = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 8 }).map((step) => step * 16 * 1024),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 64n - 1n),
);

describe('CallTable', () => {
  it('finds what a Map finds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.boolean()), { maxLength: 300 }), (steps) => {
        const table = new CallTable<Call>();
        const map = new Map<number | bigint, Call>();
        for (const [id, adds] of steps) {
          const known = map.get(id);
          expect(table.get(id)).toBe(known);
          if (!known) {
            if (!adds) continue;
            const call = { id };
            table.add(call);
            map.set(id, call);
          } else if (!adds) {
            expect(table.delete(known)).toBe(true);
            map.delete(id);
          }
          expect(table.size).toBe(map.size);
        }
        expect(new Set(table.values())).toEqual(new Set(map.values()));
        expect(table.values()).toHaveLength(map.size);
      }),
    );
  });

  it('finds every one of thousands whose ids rise, while some stay', () => {
    const table = new CallTable<Call>();
    const stay: Call[] = [];
    for (let id = 1; id <= 50_000; id++) {
      const call = { id };
      table.add(call);
      if (id % 10 === 0) stay.push(call);
      else expect(table.delete(call)).toBe(true);
    }
    expect(table.size).toBe(stay.length);
    for (const call of stay) expect(table.get(call.id)).toBe(call);
    for (const call of stay) table.delete(call);
    expect(table.values()).toEqual([]);
  });

  it('deletes nothing for a call that it does not have, whatever its id', () => {
    const table = new CallTable<Call>();
    const [placed, elsewhere] = [{ id: 1 }, { id: 1 + 16 * 1024 }];
    table.add(placed);
    table.add(elsewhere);
    for (const id of [1, 1 + 16 * 1024, 2]) expect(table.delete({ id })).toBe(false);
    expect(table.size).toBe(2);
    expect(table.get(1)).toBe(placed);
    expect(table.get(1 + 16 * 1024)).toBe(elsewhere);
  });
});

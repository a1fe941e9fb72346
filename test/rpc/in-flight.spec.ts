import { describe, expect, it } from '@jest/globals';

import { InFlight } from '../../lib/rpc/in-flight.js';

describe('InFlight', () => {
  it('finds a bigint id by its value', () => {
    const calls = new InFlight<{ id: number | bigint }>();
    const call = { id: 2n ** 53n };
    calls.add(call);
    expect(calls.get(BigInt('9007199254740992'))).toBe(call);
  });

  it('has all calls by the order of their ids', () => {
    const calls = new InFlight<{ id: number | bigint }>();
    const ids = [14, 15, 16, 17, 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n];
    for (const id of ids) calls.add({ id });
    expect(calls.all().map(({ id }) => id)).toEqual(ids);
  });

  it('gives a live id to the newer call, and the older takes nothing away from it', () => {
    const calls = new InFlight<{ id: number }>();
    const [older, newer] = [{ id: 1 }, { id: 1 }];
    calls.add(older);
    calls.add(newer);
    calls.remove(older);
    expect(calls.get(1)).toBe(newer);
    calls.remove(newer);
    expect(calls.get(1)).toBeUndefined();
    expect(calls.size).toBe(0);
  });
});

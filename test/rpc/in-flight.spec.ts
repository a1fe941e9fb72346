import { describe, expect, it } from '@jest/globals';

import { InFlight } from '../../lib/rpc/in-flight.js';

describe('InFlight', () => {
  it('finds a bigint id by its value', () => {
    const calls = new InFlight<{ id: number | bigint }>();
    const call = { id: 2n ** 53n };
    calls.add(call);
    expect(calls.get(BigInt('9007199254740992'))).toBe(call);
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

import { describe, expect, it } from '@jest/globals';

import { systemClock } from '../../lib/rpc/index.js';

describe('systemClock', () => {
  it('runs what is due, and not what was stopped', async () => {
    const ran: string[] = [];
    systemClock.after(0, () => ran.push('stopped'))();
    await new Promise<void>((resolve) => systemClock.after(1, resolve));
    expect(ran).toEqual([]);
  });

  it('does not take a delay that is too long for a timer for none', async () => {
    let ran = false;
    const stop = systemClock.after(2 ** 40, () => (ran = true));
    // Node would shorten it to 1 ms, which is over by then.
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    stop();
    expect(ran).toBe(false);
  });

  it('lets others have their turn', async () => {
    let others = false;
    setImmediate(() => (others = true));
    await systemClock.turn();
    expect(others).toBe(true);
  });
});

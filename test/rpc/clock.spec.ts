import { describe, expect, it, jest } from '@jest/globals';

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

  it('runs what is due later than a timer can be, or is stopped by then', async () => {
    jest.useFakeTimers();
    jest.resetModules();
    try {
      // Anew, since it takes its timers when it is loaded.
      const { systemClock: clock } = await import('../../lib/rpc/clock.js');
      const ran: string[] = [];
      clock.after(2 ** 31 + 999, () => ran.push('due'));
      const stop = clock.after(2 ** 31 + 999, () => ran.push('stopped'));
      jest.advanceTimersByTime(2 ** 31 + 998);
      expect(ran).toEqual([]);
      stop();
      jest.advanceTimersByTime(1);
      expect(ran).toEqual(['due']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('lets others have their turn', async () => {
    let others = false;
    setImmediate(() => (others = true));
    await systemClock.turn();
    expect(others).toBe(true);
  });
});

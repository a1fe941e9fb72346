import { describe, expect, it } from '@jest/globals';

import { within } from '../../lib/session/within.js';
import { FakeClock } from '../support/fake-clock.js';

describe('within', () => {
  it('resolves with the work, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    await within(100, Promise.resolve('done'), clock);
    expect(clock.pending).toBe(0);
  });

  it('resolves when the time is over, and takes no notice of what the work does then', async () => {
    const clock = new FakeClock();
    let fail: (error: Error) => void = () => undefined;
    const limited = within(100, new Promise((_, reject) => (fail = reject)), clock);
    clock.advance(100);
    await limited;
    fail(new Error('too late'));
    await limited;
  });

  it('rejects with the work', async () => {
    const clock = new FakeClock();
    const failure = new Error('of the work');
    await expect(within(100, Promise.reject(failure), clock)).rejects.toBe(failure);
    expect(clock.pending).toBe(0);
  });
});

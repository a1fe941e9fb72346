import { describe, expect, it } from '@jest/globals';

import { ErrorCode } from '../../lib/errors/index.js';
import { Deadline } from '../../lib/rpc/deadline.js';
import { FakeClock } from '../support/fake-clock.js';

function begin(timeout: number): { clock: FakeClock; deadline: Deadline; exceeded: number[] } {
  const clock = new FakeClock();
  const begun = clock.now();
  const exceeded: number[] = [];
  return { clock, deadline: new Deadline(timeout, clock, () => exceeded.push(clock.now() - begun)), exceeded };
}

describe('Deadline', () => {
  it('says once that it has come', () => {
    const { clock, exceeded } = begin(100);
    clock.advance(99);
    expect(exceeded).toEqual([]);
    clock.advance(1_000);
    expect(exceeded).toEqual([100]);
  });

  it('says nothing, and leaves no timer behind, once it is stopped', () => {
    const { clock, deadline, exceeded } = begin(100);
    deadline.stop();
    expect(clock.pending).toBe(0);
    clock.advance(100);
    expect(exceeded).toEqual([]);
  });

  it('knows what remains, also when its timer could not run', () => {
    const { clock, deadline } = begin(100);
    expect(deadline.remaining).toBe(100);
    clock.advance(40);
    expect(deadline.remaining).toBe(60);
    clock.passSilently(70);
    expect(deadline.remaining).toBe(-10);
  });

  it('has an error that names the whole timeout', () => {
    const { clock, deadline } = begin(100);
    clock.advance(40);
    expect(deadline.error).toMatchObject({
      code: ErrorCode.DEADLINE_EXCEEDED,
      message: 'The call took longer than its timeout of 100 ms',
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';

import { LifeSigns } from '../../lib/session/life-signs.js';

function set(): { counts: { bytesRead: number; bytesWritten: number; writableLength: number }; signs: LifeSigns } {
  const counts = { bytesRead: 0, bytesWritten: 0, writableLength: 0 };
  return { counts, signs: new LifeSigns(counts as Socket) };
}

describe('LifeSigns', () => {
  it('sees what was read, once', () => {
    const { counts, signs } = set();
    expect(signs.seen).toBe(false);
    counts.bytesRead += 3;
    expect([signs.seen, signs.seen]).toEqual([true, false]);
  });

  it('takes what the kernel alone has taken for no sign', () => {
    const { counts, signs } = set();
    counts.bytesWritten = 1_000;
    expect(signs.seen).toBe(false);
    // Its buffer is full now: all of this may still lie there.
    Object.assign(counts, { bytesWritten: 9_000, writableLength: 4_000 });
    expect(signs.seen).toBe(false);
  });

  it('sees that a full kernel takes more', () => {
    const { counts, signs } = set();
    Object.assign(counts, { bytesWritten: 9_000, writableLength: 4_000 });
    expect(signs.seen).toBe(false);
    counts.writableLength = 3_000;
    expect(signs.seen).toBe(true);
    // More to send is no progress.
    Object.assign(counts, { bytesWritten: 10_000, writableLength: 4_000 });
    expect(signs.seen).toBe(false);
  });
});

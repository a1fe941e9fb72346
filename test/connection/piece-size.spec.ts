import { describe, expect, it } from '@jest/globals';

import { pieceSize } from '../../lib/connection/piece-size.js';

const KB = 1024;

describe('pieceSize', () => {
  it('of who calls is a quarter of what it has in flight, within bounds', () => {
    const caller = { answers: false, lastRead: 64 * KB };
    const sizes = [0, 1, 64, 256, 10_000].map((awaited) => pieceSize({ ...caller, awaited }, 100, 0));
    expect(sizes).toEqual([512, 512, 1_600, 6_400, 16 * KB]);
    expect(pieceSize({ ...caller, awaited: 8 }, 1024 * KB, 0)).toBe(16 * KB);
  });

  it('of who answers is what came in at once, within bounds', () => {
    const answering = { answers: true, awaited: 0 };
    const sizes = [0, 100, 3_000, 64 * KB].map((lastRead) => pieceSize({ ...answering, lastRead }, 100, 0));
    expect(sizes).toEqual([512, 512, 3_000, 16 * KB]);
  });

  it('of either is larger when more leaves in a tick than all calls make', () => {
    for (const answers of [true, false]) {
      const sizes = [0, 3, 4, 100].map((before) => pieceSize({ answers, lastRead: 0, awaited: 0 }, 100, before));
      expect(sizes).toEqual([512, 512, 2 * KB, 2 * KB]);
    }
  });
});

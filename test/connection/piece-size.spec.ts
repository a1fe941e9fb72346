import { describe, expect, it } from '@jest/globals';

import { pieceSize } from '../../lib/connection/piece-size.js';

const KB = 1024;

describe('pieceSize', () => {
  it('of who calls is a quarter of what it has in flight, within bounds', () => {
    const caller = { answers: false, lastRead: 64 * KB };
    const sizes = [0, 1, 64, 256, 10_000].map((awaited) => pieceSize({ ...caller, awaited }, 100));
    expect(sizes).toEqual([2 * KB, 2 * KB, 2 * KB, 6_400, 16 * KB]);
    expect(pieceSize({ ...caller, awaited: 8 }, 1024 * KB)).toBe(16 * KB);
  });

  it('of who answers is what came in at once, within bounds', () => {
    const sizes = [0, 100, 3_000, 64 * KB].map((lastRead) => pieceSize({ answers: true, lastRead, awaited: 0 }, 100));
    expect(sizes).toEqual([2 * KB, 2 * KB, 3_000, 16 * KB]);
  });
});

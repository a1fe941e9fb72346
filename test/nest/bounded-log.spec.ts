import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { BoundedLog } from '../../lib/nest/bounded-log.js';

describe('BoundedLog', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    jest.useFakeTimers();
  });
  afterEach(() => void jest.useRealTimers());

  it('writes what comes now and then', () => {
    const log = new BoundedLog((line) => lines.push(line));
    for (let i = 0; i < 50; i++) {
      log.add(`line ${i}`);
      jest.advanceTimersByTime(200);
    }
    expect(lines).toEqual(Array.from({ length: 50 }, (_, i) => `line ${i}`));
  });

  it('writes a few lines of a flood, how many there were more, and then begins anew', () => {
    const log = new BoundedLog((line) => lines.push(line));
    for (let i = 0; i < 1_000; i++) log.add(`line ${i}`);
    expect(lines).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i}`));
    jest.advanceTimersByTime(1_000);
    expect(lines.slice(10)).toEqual(['990 more like this within 1000 ms']);
    log.add('later');
    expect(lines.at(-1)).toBe('later');
    jest.advanceTimersByTime(10_000);
    expect(lines).toHaveLength(12);
    expect(jest.getTimerCount()).toBe(0);
  });
});

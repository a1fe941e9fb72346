import { describe, expect, it } from '@jest/globals';

import { Beginnings } from '../../lib/wire/index.js';

describe('Beginnings', () => {
  it('shows the first bytes as they are at the time', () => {
    const bytes = Buffer.from('first');
    const beginnings = new Beginnings(bytes);
    expect(Buffer.from(beginnings.upTo(3)).toString()).toBe('fir');
    bytes.write('other');
    expect(Buffer.from(beginnings.upTo(3)).toString()).toBe('oth');
    expect(Buffer.from(beginnings.upTo(5)).toString()).toBe('other');
    expect(beginnings.upTo(0)).toHaveLength(0);
  });

  it('makes a view of each length once', () => {
    const beginnings = new Beginnings(Buffer.alloc(8));
    expect(beginnings.upTo(4)).toBe(beginnings.upTo(4));
    expect(beginnings.upTo(4)).not.toBe(beginnings.upTo(5));
  });
});

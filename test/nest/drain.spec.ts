import { beforeEach, describe, expect, it } from '@jest/globals';
import { EMPTY, of, throwError } from 'rxjs';

import { type Chained, drain } from '../../lib/nest/drain.js';

const alone: Chained = {};
const ofThree = { next: { next: {} } } as unknown as Chained;

describe('drain', () => {
  const log: string[] = [];
  beforeEach(() => {
    log.length = 0;
  });

  async function* source(name: string): AsyncGenerator<unknown> {
    log.push(`${name} begins`);
    yield await Promise.resolve(name);
    log.push(`${name} ends`);
  }

  it('pulls the iterables among the items of an Observable, one after the other', async () => {
    await drain(of(source('a'), 'plain', source('b')), alone);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('pulls those of several handlers at the same time', async () => {
    await drain(of({ current: source('a'), next: { current: source('b'), next: source('c') } }), ofThree);
    expect(log).toEqual(['a begins', 'b begins', 'c begins', 'a ends', 'b ends', 'c ends']);
  });

  it('looks no deeper into an item than there are handlers: it may go round in a circle', async () => {
    const item: Record<string, unknown> = { current: source('a') };
    item.next = item;
    await drain(of(item), alone);
    expect(log).toEqual([]);
    await drain(of(item), ofThree);
    expect(log).toEqual(['a begins', 'a ends']);
  });

  it('fails with what fails', async () => {
    function* failing(): Generator<unknown> {
      yield 1;
      throw new Error('of the generator');
    }
    const failingSource = throwError(() => new Error('of the source'));
    await expect(drain(of(failing()), alone)).rejects.toThrow('of the generator');
    await expect(drain(failingSource, alone)).rejects.toThrow('of the source');
  });

  it('takes an Observable without items', async () => {
    expect(await drain(EMPTY, alone)).toBeUndefined();
  });
});

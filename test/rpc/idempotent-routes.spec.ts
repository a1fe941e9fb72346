import { describe, expect, it } from '@jest/globals';

import { IdempotentRoutes } from '../../lib/rpc/idempotent-routes.js';

/** How many of the routes that `make` makes are kept. */
function keptOf(make: (index: number) => string): number {
  const routes = new IdempotentRoutes();
  let kept = 0;
  for (; kept < 100_000; kept++) {
    routes.add(make(kept));
    if (!routes.has(make(kept))) return kept;
  }
  return kept;
}

describe('IdempotentRoutes', () => {
  it('knows what it was told, exactly', () => {
    const routes = new IdempotentRoutes();
    routes.add('{"cmd":"get"}');
    expect(['{"cmd":"get"}', 'get', '', '__proto__'].map((route) => routes.has(route))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it.each<[string, (index: number) => string, number]>([
    ['short', (index) => String(index), 15_000],
    ['as long as they usually are', (index) => `{"service":"orders","cmd":"${index}"}`, 10_000],
    ['as long as they may be', (index) => String(index).padEnd(1_024), 963],
    ['megabytes long', (index) => String(index).padEnd(2 ** 20), 0],
  ])('keeps no more of them than fit into a mebibyte: %s', (_, make, least) => {
    const kept = keptOf(make);
    expect(kept).toBeGreaterThanOrEqual(least);
    expect(kept * make(0).length).toBeLessThanOrEqual(2 ** 20);
    expect(kept).toBeLessThan(17_000);
  });

  it('counts a route once, however often it is said', () => {
    const routes = new IdempotentRoutes();
    for (let i = 0; i < 100_000; i++) routes.add('again and again');
    routes.add('another');
    expect(routes.has('another')).toBe(true);
  });

  it('leaves out what is too long, and keeps what comes after', () => {
    const routes = new IdempotentRoutes();
    routes.add('x'.repeat(2 ** 20));
    routes.add('get');
    expect([routes.has('x'.repeat(2 ** 20)), routes.has('get')]).toEqual([false, true]);
  });

  it('are those of the server before, until this one has spoken', () => {
    const first = new IdempotentRoutes();
    first.add('get');
    first.spoken();
    // Two connections that were lost at once.
    const third = new IdempotentRoutes(new IdempotentRoutes(first));
    expect(third.has('get')).toBe(true);
    third.add('list');
    expect([third.has('get'), third.has('list')]).toEqual([true, true]);
    third.spoken();
    expect([third.has('get'), third.has('list')]).toEqual([false, true]);
    expect(new IdempotentRoutes(third).has('get')).toBe(false);
  });
});

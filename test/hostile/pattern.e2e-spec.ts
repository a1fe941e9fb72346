import { expect } from '@jest/globals';

import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { failureOf } from '../nest-tcp/support/outcome.js';
import { threat } from './support/threat.js';

const pattern = 'p'.repeat(100_000);

threat('pattern', {
  async ours(arena) {
    await arena.serve();
    expect(await failureOf(arena.client().send(pattern, 1))).toMatchObject({ code: 'INVALID_REQUEST' });
    (await arena.socket()).write(arena.request(pattern, '1', undefined));
    await eventually(() => logged.length > 0);
    expect(logged.join('').length).toBeLessThan(500);
  },
  async tcp(arena) {
    await arena.serve();
    (await arena.socket()).write(arena.request(pattern, '1', undefined));
    await eventually(() => logged.some((line) => line.includes(pattern)));
  },
});

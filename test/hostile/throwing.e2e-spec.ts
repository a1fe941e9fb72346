import { expect } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';

import { failureOf } from '../nest-tcp/support/outcome.js';
import { threat } from './support/threat.js';

const unknownError = { status: 'error', message: 'Internal server error' };

threat('throwing', {
  async ours(arena) {
    await arena.serve();
    const client = arena.client();
    expect(await failureOf(client.send('throw', 1))).toEqual(unknownError);
    expect(await failureOf(client.send('bigint', 1))).toMatchObject({ code: 'NOT_SERIALIZABLE' });
  },
  async tcp(arena) {
    await arena.serve();
    const client = arena.client();
    expect(await failureOf(client.send('throw', 1))).toEqual(unknownError);
    let isSettled = false;
    const call = client
      .send('bigint', 1)
      .subscribe({ next: () => (isSettled = true), error: () => (isSettled = true) });
    await pause(200);
    expect(isSettled).toBe(false);
    call.unsubscribe();
  },
});

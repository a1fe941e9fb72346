import { expect } from '@jest/globals';

import { eventually } from '../support/eventually.js';
import type { Arena } from './support/arena.js';
import { finishWork, seen } from './support/handlers.js';
import { threat } from './support/threat.js';

const CALLS = 3_000;

/** How many of the calls of one client failed, once all others have come to their end. */
async function flood(arena: Arena, taken: number): Promise<number> {
  await arena.serve();
  const client = arena.client();
  const outcomes: string[] = [];
  for (let i = 0; i < CALLS; i++) {
    client.send('work', {}).subscribe({
      next: (answer) => outcomes.push(String(answer)),
      error: (error: { code?: string }) => outcomes.push(error.code ?? ''),
    });
  }
  await eventually(() => seen.live === taken && outcomes.length === CALLS - taken);
  expect(outcomes.filter((each) => each !== 'RESOURCE_EXHAUSTED')).toEqual([]);
  finishWork();
  await eventually(() => outcomes.length === CALLS);
  return outcomes.filter((each) => each !== 'done').length;
}

threat('flood', {
  async ours(arena) {
    expect(await flood(arena, 1_024)).toBe(CALLS - 1_024);
  },
  async tcp(arena) {
    expect(await flood(arena, CALLS)).toBe(0);
  },
});

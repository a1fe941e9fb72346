import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `condition` holds; the test's own timeout bounds it. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

import { setTimeout as sleep } from 'node:timers/promises';

import type { StoreClient } from './store.client.js';

/** Uses every command of the store, and tells of each what came of it. */
export async function demonstrate(store: StoreClient, tell: (line: string) => void): Promise<void> {
  await store.put('tea/green', '80 degrees, 2 minutes');
  tell('Put    tea/green');
  tell(`Get    tea/green: ${await store.get('tea/green')}`);

  const watching = store.watch('tea/').subscribe((change) => tell(`Watch  ${change}`));
  // Calls run side by side, so a Put that was sent later may be handled first.
  await sleep(100);
  await store.put('coffee', 'none');
  await store.put('tea/black', '95 degrees, 3 minutes');
  await store.put('tea/white', '75 degrees, 4 minutes');
  watching.unsubscribe();
  await store.put('tea/red', 'nobody watches any more');

  await store.clear();
  tell('Clear');
  await store.get('tea/green').catch(({ code, message }: { code: string; message: string }) => {
    tell(`Get    ${code}: ${message}`);
  });
}

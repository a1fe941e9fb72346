import type { ClientProtosocket } from 'nestjs-protosocket';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Share, Traffic } from './traffic.js';
import type { Workers } from './workers.js';

const IN_FLIGHT = 32;
const BELOW = 2_000;
/** Until there is something to be seen, in milliseconds. */
const A_WHILE = 500;

type Print = (line: string) => void;

/** Calls workers on one port, and replaces them all meanwhile. */
export async function demonstrate(client: ClientProtosocket, workers: Workers, print: Print): Promise<void> {
  await workers.scaleTo(2);
  await client.connect();
  print(`two workers, ${client.getStats().connections} connections`);
  const before = new Traffic(client, IN_FLIGHT, BELOW);
  await sleep(A_WHILE);
  printShare(await before.stop(), print);

  print('each worker is replaced, while the calls go on');
  const during = new Traffic(client, IN_FLIGHT, BELOW);
  await workers.restart();
  await sleep(A_WHILE);
  printShare(await during.stop(), print);
  print('  all were answered');
}

function printShare(share: Share, print: Print): void {
  for (const [worker, count] of [...share].sort(([a], [b]) => a - b)) print(`  worker ${worker}: ${count} calls`);
}

import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { ClientProtosocket, ServerProtosocket } from 'nestjs-protosocket';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';

import { countWordsOf, ORDERS, paragraphsOf, tryOrder } from './demonstration.js';
import { TextModule } from './text.module.js';

const file = process.argv[2] ?? 'LICENSE';

// A Unix domain socket: no port to be taken.
const folder = await mkdtemp(join(tmpdir(), 'protosocket-sample-'));
const options = { path: join(folder, 'socket') };
const service = await NestFactory.createMicroservice(TextModule, {
  strategy: new ServerProtosocket(options),
  logger: ['warn', 'error'],
});
await service.listen();
const client = new ClientProtosocket(options);

console.log(`\nThe words of ${file}, counted by the service while the file is streamed to it:\n`);
await lastValueFrom(
  countWordsOf(client, file).pipe(
    tap(({ bytes, words }) => console.log(`  ${String(bytes).padStart(8)} bytes ${String(words).padStart(8)} words`)),
  ),
);

const paragraphs = await paragraphsOf(file);
console.log(`
${paragraphs.length} paragraphs of it, the longest first, sent at once over one connection. The longer one is, the longer its
handler takes. In which order were they

  reply order    started    finished    replied to
  ------------------------------------------------`);
for (const order of ORDERS) {
  const { started, finished, replied } = await tryOrder(client, order, paragraphs);
  const cells = [order.padEnd(15), started.join(' ').padEnd(11), finished.join(' ').padEnd(12), replied.join(' ')];
  console.log(`  ${cells.join('')}`);
}
console.log('\nBy key: here 1 and 3 keep their order, and 2 and 4 theirs.\n');

await client.close();
await service.close();
await rm(folder, { recursive: true });

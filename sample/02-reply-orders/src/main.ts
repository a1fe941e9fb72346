import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { ClientProtosocket, ServerProtosocket } from 'nestjs-protosocket';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { paragraphsOf } from './demonstration.js';
import { showOrders, showStream } from './show.js';
import { TextModule } from './text.module.js';

const file = process.argv[2] ?? 'LICENSE';
// Before anything is started, so that a file that will not do leaves nothing behind.
const paragraphs = await paragraphsOf(file).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

// A Unix domain socket: no port to be taken.
const folder = await mkdtemp(join(tmpdir(), 'protosocket-sample-'));
const options = { path: join(folder, 'socket') };
const service = await NestFactory.createMicroservice(TextModule, {
  strategy: new ServerProtosocket(options),
  logger: ['warn', 'error'],
});
const client = new ClientProtosocket(options);
try {
  await service.listen();
  await showStream(client, file);
  await showOrders(client, paragraphs);
} finally {
  await client.close();
  await service.close();
  await rm(folder, { recursive: true });
}

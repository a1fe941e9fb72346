import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { ClientProtosocket, ServerProtosocket } from 'nestjs-protosocket';

import { contract } from './contract.js';
import { demonstrate } from './demonstration.js';
import { StoreClient } from './store.client.js';
import { StoreModule } from './store.module.js';

// `serve` stays there for peers of your own; by itself it is the service and its client in one process.
const serveOnly = process.argv[2] === 'serve';
const options = { host: '127.0.0.1', port: Number(process.env.PORT ?? 3003), contract };

const service = await NestFactory.createMicroservice(StoreModule, {
  strategy: new ServerProtosocket(options),
  logger: ['warn', 'error'],
});
await service.listen();
if (serveOnly) {
  service.enableShutdownHooks();
  console.log(`The store listens on ${options.host}:${options.port}`);
} else {
  const client = new ClientProtosocket(options);
  try {
    await demonstrate(new StoreClient(client), (line) => console.log(`  ${line}`));
  } finally {
    await client.close();
    await service.close();
  }
}

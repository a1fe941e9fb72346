import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { ServerProtosocket } from 'nestjs-protosocket';

import { HOST, STORE_PORT } from '../addresses.js';
import { rmemstore } from '../rmemstore.js';
import { StoreModule } from './store.module.js';

const app = await NestFactory.createMicroservice(StoreModule, {
  strategy: new ServerProtosocket({ host: HOST, port: STORE_PORT, contract: rmemstore }),
});
app.enableShutdownHooks();
await app.listen();
// The process that started this one waits for it, and is all that it is here for.
process.on('disconnect', () => void app.close());
if (process.connected) process.send?.('listening');

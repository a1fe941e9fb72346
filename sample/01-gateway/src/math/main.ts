import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { ServerProtosocket } from 'nestjs-protosocket';

import { HOST, PROTOSOCKET_PORT } from '../addresses.js';
import { MathModule } from './math.module.js';

const app = await NestFactory.createMicroservice(MathModule, {
  strategy: new ServerProtosocket({ host: HOST, port: PROTOSOCKET_PORT }),
});
app.enableShutdownHooks();
await app.listen();
// The process that started this one waits for it, and is all that it is here for.
process.on('disconnect', () => void app.close());
if (process.connected) process.send?.('listening');

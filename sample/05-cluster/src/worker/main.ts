import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { ServerProtosocket } from 'nestjs-protosocket';

import { HOST, PORT, REUSE_PORT } from '../addresses.js';
import { PrimesModule } from './primes.module.js';

// No more than any microservice: that it has one port with others is up to the cluster, or to the kernel.
const app = await NestFactory.createMicroservice(PrimesModule, {
  strategy: new ServerProtosocket({ host: HOST, port: PORT, reusePort: REUSE_PORT }),
  logger: ['warn', 'error'],
});
// On SIGTERM it takes no more calls, ends those in flight, and then itself.
app.enableShutdownHooks();
await app.listen();
process.send?.('listening');

// For who measures: how long this process has kept a core busy, in milliseconds.
process.on('message', () => {
  const { system, user } = process.cpuUsage();
  process.send?.((system + user) / 1_000);
});

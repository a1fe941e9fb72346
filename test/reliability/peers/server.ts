/*
 * A Nest microservice as it runs in production: in a process of its own, with shutdown hooks. Its options come as JSON in
 * its first argument. What it executes it appends to the ledger that `ledger` names, before it answers.
 */
import 'reflect-metadata';

import { Controller, Injectable, type LoggerService, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { ServerProtosocket } from 'nestjs-protosocket';
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ServerProcessOptions } from '../support/server-process.js';

const { ledger, ...options } = JSON.parse(process.argv[2]!) as ServerProcessOptions;
const file = ledger === undefined ? undefined : openSync(ledger, 'a');

/** The page cache outlives a process that is killed. */
function note(entry: unknown): void {
  if (file !== undefined) writeSync(file, `${String(entry)}\n`);
}

@Controller()
class WorkController {
  @MessagePattern('work')
  work(id: number): number {
    note(id);
    return id;
  }

  @MessagePattern('slow and idempotent', { idempotent: true })
  slowAndIdempotent(task: { id: number; ms: number }): Promise<number> {
    return this.slow(task);
  }

  @MessagePattern('slow')
  async slow({ id, ms }: { id: number; ms: number }): Promise<number> {
    process.stdout.write(`started ${id}\n`);
    await sleep(ms);
    note(id);
    process.stdout.write(`finished ${id}\n`);
    return id;
  }
}

@Injectable()
class Shutdown implements OnApplicationShutdown {
  onApplicationShutdown(signal?: string): void {
    process.stdout.write(`shut down by ${signal}\n`);
    if (file !== undefined) closeSync(file);
  }
}

@Module({ controllers: [WorkController], providers: [Shutdown] })
class WorkModule {}

const logger: LoggerService = {
  log: () => undefined,
  warn: (message: unknown) => appendFileSync(2, `${String(message)}\n`),
  error: (message: unknown) => appendFileSync(2, `${String(message)}\n`),
};

const server = new ServerProtosocket(options);
const app = await NestFactory.createMicroservice(WorkModule, { strategy: server, logger });
app.enableShutdownHooks();
await app.listen();
process.stdout.write(`listening ${(server.unwrap().address() as AddressInfo).port}\n`);

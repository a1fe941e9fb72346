import { expect } from '@jest/globals';
import {
  type BeforeApplicationShutdown,
  Controller,
  Injectable,
  type LoggerService,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type AsyncMicroserviceOptions,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { NoHandlerError, PROTOSOCKET } from 'nestjs-protosocket';
import { once } from 'node:events';
import { Server as NetServer } from 'node:net';

import { eventually } from '../support/eventually.js';
import { turn } from '../support/turn.js';
import { behaviours } from './support/behaviour.js';
import { moduleOf, ownPort } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Gate, Journal } from './support/providers.js';
import { protosocket, tcp } from './support/transports.js';
import { isNest12 } from './support/versions.js';

const async = 'integration/microservices/e2e/sum-rpc-async.spec.ts';
const nestMicroservice = 'packages/microservices/test/nest-microservice.spec.ts';
const listeners = 'packages/microservices/test/listeners-controller.spec.ts › registerPatternHandlers';
const serverTcp = 'packages/microservices/test/server/server-tcp.spec.ts';
const shutdown = 'integration/microservices/e2e/tcp-shutdown.spec.ts';
const hybridShutdown = 'integration/microservices/e2e/hybrid-shutdown-hooks.spec.ts';
const hookOrder = 'integration/hooks/e2e/lifecycle-hook-order.spec.ts';
const bufferLogs = 'integration/microservices/e2e/buffer-logs-tcp.spec.ts';
const nestApplication = 'packages/core/nest-application.ts';

@Controller()
class ServedController {
  constructor(
    private readonly journal: Journal,
    private readonly gate: Gate,
  ) {}

  @MessagePattern('echo')
  echo(data: unknown): unknown {
    this.journal.note(data);
    return data;
  }

  @MessagePattern('gated')
  async gated(data: unknown): Promise<unknown> {
    await this.gate.pass();
    return data;
  }
}

@Controller()
class SelectingController {
  @MessagePattern('any')
  any(): string {
    return 'any';
  }

  @MessagePattern('tcp', Transport.TCP)
  tcp(): string {
    return 'tcp';
  }

  @MessagePattern('protosocket', PROTOSOCKET)
  protosocket(): string {
    return 'protosocket';
  }

  @MessagePattern('protosocket with extras', PROTOSOCKET, { audience: 'internal' })
  withExtras(): string {
    return 'protosocket with extras';
  }
}

/** Notes the hooks of the application's life. */
@Injectable()
class Hooked
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(private readonly journal: Journal) {}

  onModuleInit(): void {
    this.journal.note('init');
  }

  onApplicationBootstrap(): void {
    this.journal.note('bootstrap');
  }

  onModuleDestroy(): void {
    this.journal.note('destroy');
  }

  beforeApplicationShutdown(signal?: string): void {
    this.journal.note(`before shutdown ${signal}`);
  }

  onApplicationShutdown(signal?: string): void {
    this.journal.note(`shutdown ${signal}`);
  }
}

const parts: ModuleMetadata = { controllers: [ServedController], providers: [Journal, Gate, Hooked] };

behaviours('applications', [
  {
    behaviour: 'createMicroservice with a factory, and what is injected into it',
    source: async,
    async test(bench) {
      @Injectable()
      class Options {
        readonly microservice = bench.transport.microservice({ host: '127.0.0.1', port: 0 });
      }

      const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(
        moduleOf({ ...parts, providers: [Journal, Gate, Options] }),
        { inject: [Options], useFactory: ({ microservice }: Options) => microservice, abortOnError: false },
      );
      bench.later(() => app.close());
      await app.listen();
      const { port } = app.unwrap<NetServer>().address() as { port: number };
      expect(await all(bench.client({ host: '127.0.0.1', port }).send('echo', 1))).toEqual([1]);
    },
  },
  {
    behaviour: 'createMicroservice with a strategy',
    source: `${nestMicroservice} › should use provided strategy if present in config`,
    async test(bench) {
      const strategy = bench.transport.server({ host: '127.0.0.1', port: 0 });
      const service = await bench.started(parts, { strategy });
      expect(await all(service.client().send('echo', 1))).toEqual([1]);
    },
  },
  {
    behaviour: 'an HTTP application with two microservices, and what getMicroservices() tells',
    source: `${nestApplication} › getMicroservices`,
    async test(bench) {
      const ports = [await ownPort(), await ownPort()];
      const gateway = await bench.gateway(parts, {
        server: { port: ports[0] },
        setUp: (app) => app.connectMicroservice(bench.transport.microservice({ host: '127.0.0.1', port: ports[1] })),
      });
      expect(gateway.app.getMicroservices()).toHaveLength(2);
      for (const port of ports)
        expect(await all(bench.client({ host: '127.0.0.1', port }).send('echo', port))).toEqual([port]);
    },
  },
  {
    behaviour: 'of two transports, each serves the handlers that are bound to it, and those that are bound to none',
    source: `${listeners} › each pattern handler with self transport and without transport`,
    async test(bench) {
      const [tcpPort, protosocketPort] = [await ownPort(), await ownPort()];
      const other = { host: '127.0.0.1', port: bench.transport === tcp ? protosocketPort : tcpPort };
      await bench.gateway(
        { controllers: [SelectingController] },
        {
          server: { port: bench.transport === tcp ? tcpPort : protosocketPort },
          setUp: (app) =>
            app.connectMicroservice<MicroserviceOptions>(
              (bench.transport === tcp ? protosocket : tcp).microservice(other),
            ),
        },
      );
      const client = bench.client({ host: '127.0.0.1', port: bench.transport === tcp ? tcpPort : protosocketPort });
      const [own, others] = bench.transport === tcp ? ['tcp', 'protosocket'] : ['protosocket', 'tcp'];
      expect(await all(client.send('any', {}))).toEqual(['any']);
      expect(await all(client.send(own, {}))).toEqual([own]);
      expect(await failureOf(client.send(others, {}))).toBeDefined();
    },
  },
  {
    behaviour: 'a handler bound to the transport, with extras',
    source: 'packages/microservices/test/decorators/message-pattern.decorator.spec.ts',
    onlyOurs: true,
    async test(bench) {
      const service = await bench.service({ controllers: [SelectingController] });
      const client = service.client();
      expect(await all(client.send('protosocket with extras', {}))).toEqual(['protosocket with extras']);
      expect(await failureOf(client.send('tcp', {}))).toBeInstanceOf(NoHandlerError);
    },
  },
  {
    behaviour: 'the microservice of an HTTP application starts before it, or after it',
    source: `${nestApplication} › startAllMicroservices`,
    async test(bench) {
      const port = await ownPort();
      const app = await NestFactory.create(moduleOf(parts), { abortOnError: false });
      bench.later(() => app.close());
      app.connectMicroservice<MicroserviceOptions>(bench.transport.microservice({ host: '127.0.0.1', port }));
      await app.listen(0, '127.0.0.1');
      await app.startAllMicroservices();
      expect(await all(bench.client({ host: '127.0.0.1', port }).send('echo', 1))).toEqual([1]);
    },
  },
]);

behaviours('listening', [
  {
    behaviour: 'hooks run before it',
    source: hookOrder,
    async test(bench) {
      const journal = new Journal();
      const providers = [{ provide: Journal, useValue: journal }, Gate, Hooked];
      await bench.service({ ...parts, providers }, {}, (app) => app.on('listening', () => journal.note('listening')));
      expect(journal.entries).toEqual(['init', 'bootstrap', 'listening']);
    },
  },
  {
    behaviour: 'a port that is taken rejects with EADDRINUSE',
    source: 'packages/microservices/server/server-tcp.ts › listen',
    async test(bench) {
      const { port } = await bench.service(parts);
      const failure = await failureOf(bench.service(parts, { port }));
      expect(failure).toMatchObject({ code: 'EADDRINUSE' });
    },
  },
  {
    behaviour: 'and so does startAllMicroservices',
    source: 'packages/microservices/server/server-tcp.ts › listen',
    async test(bench) {
      const { port } = await bench.service(parts);
      const failure = await failureOf(bench.gateway(parts, { server: { port } }));
      expect(failure).toMatchObject({ code: 'EADDRINUSE' });
    },
  },
  {
    behaviour: 'an address that is not there leaves listen() waiting',
    source: 'packages/microservices/server/server-tcp.ts › listen',
    async test(bench) {
      const errors: unknown[] = [];
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      const listening = bench.service(parts, { host: '192.0.2.1' }, (app) =>
        app.on('error', (error: unknown) => errors.push(error)),
      );
      listening.then(settle, settle);
      await eventually(() => errors.length > 0);
      await turn();
      expect(errors).toEqual([expect.objectContaining({ code: 'EADDRNOTAVAIL' })]);
      expect(settled).toBe(false);
    },
    ours: {
      instead: 'it rejects with the error of the socket',
      because: 'nothing should wait for what cannot come',
      async test(bench) {
        const failure = await failureOf(bench.service(parts, { host: '192.0.2.1' }));
        expect(failure).toMatchObject({ code: 'EADDRNOTAVAIL' });
      },
    },
  },
  {
    behaviour: 'status: connected, and disconnected at the end',
    source: 'packages/microservices/server/server-tcp.ts › registerListeningListener',
    async test(bench) {
      const statuses: string[] = [];
      const service = await bench.service(parts, {}, (app) => app.status.subscribe((status) => statuses.push(status)));
      expect(statuses).toEqual(['connected']);
      await service.close();
      await eventually(() => statuses.length === 2);
      expect(statuses).toEqual(['connected', 'disconnected']);
    },
  },
  {
    behaviour: 'status: disconnected, where it cannot listen',
    source: 'packages/microservices/server/server-tcp.ts › listen',
    async test(bench) {
      const { port } = await bench.service(parts);
      const statuses: string[] = [];
      await failureOf(bench.service(parts, { port }, (app) => app.status.subscribe((status) => statuses.push(status))));
      expect(statuses).toEqual(['disconnected']);
    },
  },
  {
    behaviour: 'on() before it: listening, connection, close',
    source: 'packages/microservices/server/server-tcp.ts › on',
    async test(bench) {
      const seen: string[] = [];
      const service = await bench.service(parts, {}, (app) => {
        for (const name of ['listening', 'connection', 'close']) app.on(name, () => seen.push(name));
      });
      await service.client().connect();
      await eventually(() => seen.length === 2);
      await service.close();
      await eventually(() => seen.length === 3);
      expect(seen).toEqual(['listening', 'connection', 'close']);
    },
  },
  {
    behaviour: "unwrap() is Node's server",
    source: `${nestMicroservice} › should delegate unwrap() to server`,
    async test(bench) {
      const service = await bench.service(parts);
      expect(service.app.unwrap()).toBeInstanceOf(NetServer);
      expect(service.app.unwrap<NetServer>().listening).toBe(true);
    },
  },
  {
    behaviour: 'unwrap() before it is the server that will listen',
    source: 'packages/microservices/server/server-tcp.ts › unwrap',
    async test(bench) {
      let before: unknown;
      const service = await bench.service(parts, {}, (app) => {
        before = app.unwrap();
      });
      expect(service.app.unwrap()).toBe(before);
    },
    ours: {
      instead: 'it throws',
      because: 'there is none yet: on() takes listeners for it before',
      async test(bench) {
        await bench.service(parts, {}, (app) => {
          expect(() => app.unwrap()).toThrow('Not initialized. Please call the "listen"');
        });
      },
    },
  },
  {
    behaviour: 'a server that was closed can listen again',
    source: `${nestMicroservice} › getTransportServer`,
    async test(bench) {
      const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
      const service = await bench.started(parts, { strategy: server });
      expect(await all(service.client().send('echo', 1))).toEqual([1]);
      await server.close();
      await service.app.listen();
      const { port } = service.app.unwrap<NetServer>().address() as { port: number };
      expect(await all(bench.client({ host: '127.0.0.1', port }).send('echo', 2))).toEqual([2]);
    },
  },
]);

behaviours('closing', [
  {
    behaviour: 'closes the connections that stand',
    source: `${shutdown} › should have destroyed pre-existing connections by the time close() resolves`,
    async test(bench) {
      const service = await bench.service(parts);
      const socket = await bench.socket(service.port);
      await eventually(() => service.connections().length === 1);
      const closed = once(socket, 'close');
      await service.close();
      expect(service.connections()).toEqual([]);
      await closed;
    },
  },
  {
    behaviour: 'no handler runs after it',
    source: `${shutdown} › should not execute handlers over a pre-existing connection after shutdown`,
    async test(bench) {
      const service = await bench.service(parts);
      const { entries } = service.app.get(Journal);
      const socket = await bench.socket(service.port);
      const closed = once(socket, 'close');
      socket.write(bench.transport.frame('echo', 1, 1));
      await eventually(() => entries.includes(1));
      await service.close();
      socket.write(bench.transport.frame('echo', 2, 2));
      await closed;
      expect(entries).not.toContain(2);
    },
  },
  {
    behaviour: 'no connection is accepted after it',
    source: shutdown,
    async test(bench) {
      const service = await bench.service(parts);
      await service.close();
      expect(await failureOf(bench.socket(service.port))).toMatchObject({ code: 'ECONNREFUSED' });
    },
  },
  {
    behaviour: 'fails the calls in flight',
    source: 'packages/microservices/server/server-tcp.ts › closeOpenSockets',
    async test(bench) {
      const service = await bench.service(parts);
      const failure = failureOf(service.client().send('gated', 1));
      await eventually(() => service.app.get(Gate).waiting === 1);
      await service.close();
      expect(await failure).toEqual(new Error('Connection closed'));
    },
    ours: {
      instead: 'lets them end, within the grace period',
      because: 'a deployment should not lose the answers that are on their way',
      async test(bench) {
        const service = await bench.service(parts, { gracePeriod: 5000 });
        const reply = all(service.client().send('gated', 1));
        const gate = service.app.get(Gate);
        await eventually(() => gate.waiting === 1);
        const closed = service.close();
        gate.open();
        expect(await reply).toEqual([1]);
        await closed;
      },
    },
  },
  {
    behaviour: 'twice, or without having listened',
    source: `${serverTcp} › close`,
    async test(bench) {
      const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
      await server.close();
      await bench.started(parts, { strategy: server });
      await server.close();
      await server.close();
    },
  },
  {
    behaviour: 'of a microservice that was never started',
    source: `${serverTcp} › close`,
    async test(bench) {
      const options = bench.transport.microservice({ host: '127.0.0.1', port: 0 });
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(parts), {
        ...options,
        abortOnError: false,
      });
      await app.init();
      await app.close();
    },
  },
  {
    behaviour: 'of a microservice: the server first, then the hooks',
    source: hookOrder,
    async test(bench) {
      const journal = new Journal();
      const providers = [{ provide: Journal, useValue: journal }, Gate, Hooked];
      const service = await bench.service({ ...parts, providers }, {}, (app) =>
        app.status.subscribe((status) => journal.note(status)),
      );
      await service.close();
      const hooks = journal.entries.filter((entry) => entry !== 'disconnected');
      expect(hooks).toEqual([
        ...['init', 'bootstrap', 'connected', 'destroy', 'before shutdown undefined', 'shutdown undefined'],
      ]);
    },
  },
  {
    behaviour:
      'of an HTTP application: its server is closed between beforeApplicationShutdown and onApplicationShutdown',
    source: hookOrder,
    async test(bench) {
      const journal = new Journal();
      const providers = [{ provide: Journal, useValue: journal }, Gate, Hooked];
      const { close } = await bench.gateway(
        { ...parts, providers },
        {
          server: { port: 0 },
          connected: (microservice) => microservice.status.subscribe((status) => journal.note(status)),
        },
      );
      await close('SIGTERM');
      await eventually(() => journal.entries.includes('disconnected'));
      const { entries } = journal;
      expect(entries.filter((entry) => entry !== 'disconnected').slice(-3)).toEqual([
        ...['destroy', 'before shutdown SIGTERM', 'shutdown SIGTERM'],
      ]);
      expect(entries.indexOf('disconnected')).toBeGreaterThan(entries.indexOf('before shutdown SIGTERM'));
    },
  },
  {
    behaviour: 'by a signal: the listeners on the process are taken away with the application',
    source: hybridShutdown,
    async test(bench) {
      const before = process.listenerCount('SIGTERM');
      const service = await bench.service(parts, {}, (app) => app.enableShutdownHooks(['SIGTERM']));
      expect(process.listenerCount('SIGTERM')).toBe(before + 1);
      await service.close();
      expect(process.listenerCount('SIGTERM')).toBe(before);
    },
  },
  {
    behaviour: 'by a signal, of the microservice of an HTTP application',
    source: `${hybridShutdown} › should remove the process signal listeners registered by a connected microservice`,
    available: isNest12,
    async test(bench) {
      const before = process.listenerCount('SIGTERM');
      const { close } = await bench.gateway(parts, {
        server: { port: 0 },
        connected: (microservice) => microservice.enableShutdownHooks(['SIGTERM']),
      });
      expect(process.listenerCount('SIGTERM')).toBe(before + 1);
      await close();
      expect(process.listenerCount('SIGTERM')).toBe(before);
    },
  },
]);

class CollectingLogger implements LoggerService {
  readonly messages: string[] = [];

  log(message: unknown): void {
    this.messages.push(String(message));
  }

  error(message: unknown): void {
    this.messages.push(String(message));
  }

  warn(message: unknown): void {
    this.messages.push(String(message));
  }
}

behaviours('buffered logs', [
  {
    behaviour: 'are written by listen()',
    source: 'packages/microservices/nest-microservice.ts › listen',
    async test(bench) {
      const logger = new CollectingLogger();
      const options = bench.transport.microservice({ host: '127.0.0.1', port: 0 });
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(parts), {
        ...options,
        bufferLogs: true,
        logger,
      });
      bench.later(() => app.close());
      expect(logger.messages).toEqual([]);
      await app.listen();
      expect(logger.messages).toContain('Nest microservice successfully started');
    },
  },
  {
    behaviour: 'are written by init(), where it never listens',
    source: `${bufferLogs} › should flush buffered logs on init() when the microservice never listens`,
    available: isNest12,
    async test(bench) {
      const logger = new CollectingLogger();
      const options = bench.transport.microservice({ host: '127.0.0.1', port: 0 });
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(parts), {
        ...options,
        bufferLogs: true,
        logger,
      });
      bench.later(() => app.close());
      expect(logger.messages).toEqual([]);
      await app.init();
      expect(logger.messages).toContain('Starting Nest application...');
    },
  },
]);

import { expect } from '@jest/globals';
import { Controller, Get, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, type MicroserviceOptions } from '@nestjs/microservices';
import { ConnectionLostError } from 'nestjs-protosocket';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { networkInterfaces } from 'node:os';

import { eventually } from '../support/eventually.js';
import { behaviours } from './support/behaviour.js';
import { type Bench, moduleOf, ownPort } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Gate, Journal } from './support/providers.js';
import type { NestServer } from './support/transports.js';

const nestMicroservice = 'packages/microservices/test/nest-microservice.spec.ts';
const nestApplication = 'packages/core/nest-application.ts';
const serverTcp = 'packages/microservices/server/server-tcp.ts';
const clientTcp = 'packages/microservices/client/client-tcp.ts';
const HOST = '127.0.0.1';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

@Controller()
class ServedController {
  constructor(
    private readonly journal: Journal,
    private readonly gate: Gate,
  ) {}

  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }

  @MessagePattern('gated')
  async gated(data: unknown): Promise<unknown> {
    await this.gate.pass();
    return data;
  }

  @EventPattern('noted')
  noted(data: unknown): void {
    this.journal.note(data);
  }

  @Get('http')
  http(): string {
    return 'still there';
  }
}

const parts: ModuleMetadata = { controllers: [ServedController], providers: [Journal, Gate] };

/** What a second listen() fails with. */
const alreadyListens = { code: 'ERR_SERVER_ALREADY_LISTEN' };

/** The server that listens now, to be closed at the end whatever becomes of it. */
function firstServerOf(bench: Bench, app: { unwrap<T>(): T }): NetServer {
  const server = app.unwrap<NetServer>();
  bench.later(() => server.close());
  return server;
}

/** `listen()` of the server itself, as Nest calls it. */
const listening = (server: NestServer): Promise<void> =>
  new Promise((resolve, reject) => {
    void server.listen((error?: unknown) => (error ? reject(error) : resolve()));
  });

behaviours('listening more than once', [
  {
    behaviour: 'listen() while it listens is refused, and the server goes on',
    source: `${nestMicroservice} › listen`,
    async test(bench) {
      const service = await bench.service(parts);
      firstServerOf(bench, service.app);
      expect(await failureOf(service.app.listen() as Promise<unknown>)).toMatchObject(alreadyListens);
      expect(await all(service.client().send('echo', 1))).toEqual([1]);
    },
  },
  {
    behaviour: 'listen() while it listens, and close() closes all the same',
    source: `${nestMicroservice} › listen`,
    async test(bench) {
      const service = await bench.service(parts);
      const server = firstServerOf(bench, service.app);
      await service.app.listen().catch(() => undefined);
      await service.close();
      expect(server.listening).toBe(false);
    },
  },
  {
    behaviour: 'startAllMicroservices() twice is refused, and close() closes all the same',
    source: `${nestApplication} › startAllMicroservices`,
    async test(bench) {
      const port = await ownPort();
      const gateway = await bench.gateway(parts, { server: { port } });
      const server = firstServerOf(bench, gateway.microservice);
      const statuses: string[] = [];
      gateway.microservice.status.subscribe((status) => statuses.push(status));
      await failureOf(gateway.app.startAllMicroservices());
      expect(await all(bench.client({ host: HOST, port }).send('echo', 1))).toEqual([1]);
      expect(statuses).toEqual(['connected']);
      await gateway.close();
      expect(server.listening).toBe(false);
    },
  },
  {
    behaviour: 'one server for two applications is refused to the second',
    source: `${nestMicroservice} › should use provided strategy if present in config`,
    async test(bench) {
      const strategy = bench.transport.server({ host: HOST, port: 0 });
      const { app } = await bench.started(parts, { strategy });
      firstServerOf(bench, app);
      expect(await failureOf(bench.started(parts, { strategy }))).toMatchObject(alreadyListens);
    },
  },
  {
    behaviour: 'after a port that was taken, once it is free',
    source: `${serverTcp} › listen`,
    async test(bench) {
      const first = await bench.service(parts);
      const { port } = first;
      const options = bench.transport.microservice({ host: HOST, port });
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(parts), {
        ...options,
        abortOnError: false,
      });
      bench.later(() => app.close());
      expect(await failureOf(app.listen() as Promise<unknown>)).toMatchObject({ code: 'EADDRINUSE' });
      const freed = new Promise((resolve) => first.app.unwrap<NetServer>().once('close', resolve));
      await first.close();
      await freed;
      await app.listen();
      expect(await all(bench.client({ host: HOST, port }).send('echo', 2))).toEqual([2]);
    },
  },
  {
    behaviour: 'status, each time anew',
    source: `${serverTcp} › registerListeningListener`,
    async test(bench) {
      const server = bench.transport.server({ host: HOST, port: 0 });
      const statuses: string[] = [];
      (server as unknown as Pick<Bench['transport']['Client']['prototype'], 'status'>).status.subscribe((status) =>
        statuses.push(status),
      );
      for (const _ of [1, 2]) {
        const before = statuses.length;
        await listening(server);
        await server.close();
        await eventually(() => statuses.length === before + 2);
      }
      expect(statuses).toEqual(['connected', 'disconnected', 'connected', 'disconnected']);
    },
  },
]);

behaviours('addresses', [
  {
    behaviour: 'IPv6',
    source: 'node:net, to which the host is handed on',
    available: hasIpv6,
    async test(bench) {
      const { port } = await bench.service(parts, { host: '::1' });
      expect(await all(bench.client({ host: '::1', port }).send('echo', 6))).toEqual([6]);
    },
  },
  {
    behaviour: 'a port that none can have is refused',
    source: 'node:net, to which the port is handed on',
    async test(bench) {
      const failure = await failureOf(bench.service(parts, { port: 70_000 }));
      expect(failure).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
    },
  },
  {
    behaviour: 'port 0 is a free one, which unwrap() tells',
    source: `${serverTcp} › unwrap`,
    async test(bench) {
      const services = [await bench.service(parts), await bench.service(parts)];
      const ports = services.map(({ app }) => (app.unwrap<NetServer>().address() as AddressInfo).port);
      expect(new Set(ports).size).toBe(2);
      expect(ports).not.toContain(0);
    },
  },
]);

behaviours('servers and what hangs on them', [
  {
    behaviour: 'the microservice of an HTTP application may be closed alone',
    source: `${nestApplication} › connectMicroservice`,
    async test(bench) {
      const port = await ownPort();
      const gateway = await bench.gateway(parts, { server: { port } });
      const client = bench.client({ host: HOST, port });
      expect(await all(client.send('echo', 1))).toEqual([1]);
      await gateway.microservice.close();
      await failureOf(client.send('echo', 2));
      expect(await (await fetch(`${await gateway.app.getUrl()}/http`)).text()).toBe('still there');
    },
  },
  {
    behaviour: 'on() of a server that listens already',
    source: `${serverTcp} › on`,
    async test(bench) {
      const service = await bench.service(parts);
      let connections = 0;
      service.app.on('connection', () => connections++);
      await service.client().connect();
      await eventually(() => connections === 1);
    },
  },
  {
    behaviour: 'a listener that was added twice is called twice',
    source: `${serverTcp} › on`,
    async test(bench) {
      let connections = 0;
      const listener = (): number => connections++;
      const service = await bench.service(parts, {}, (app) => {
        app.on('connection', listener);
        app.on('connection', listener);
      });
      await service.client().connect();
      await eventually(() => connections === 2);
    },
  },
  {
    behaviour: 'a peer that says FIN after its request gets the answer',
    source: `${serverTcp} › bindHandler`,
    async test(bench) {
      const service = await bench.service(parts);
      const socket = await bench.socket(service.port);
      let received = 0;
      socket.on('data', (bytes) => (received += bytes.length));
      socket.end(bench.transport.frame('echo', 1, 1));
      await eventually(() => received > 0);
      await eventually(() => service.connections().length === 0);
    },
  },
  {
    behaviour: 'a reset of the connection fails what waits on it, and the next request connects anew',
    source: `${clientTcp} › handleClose`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const failure = failureOf(client.send('gated', 1));
      await eventually(() => service.app.get(Gate).waiting === 1);
      for (const connection of service.connections()) connection.resetAndDestroy();
      expect(await failure).toEqual(new Error('Connection closed'));
      expect(await all(client.send('echo', 2))).toEqual([2]);
    },
    ours: {
      instead: 'with a ConnectionLostError',
      because: 'every error of the transport has a class and a code',
      async test(bench) {
        const service = await bench.service(parts);
        const client = service.client();
        const failure = failureOf(client.send('gated', 1));
        await eventually(() => service.app.get(Gate).waiting === 1);
        for (const connection of service.connections()) connection.resetAndDestroy();
        expect(await failure).toBeInstanceOf(ConnectionLostError);
        expect(await all(client.send('echo', 2))).toEqual([2]);
      },
    },
  },
]);

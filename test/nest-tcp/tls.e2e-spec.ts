import { beforeAll, expect } from '@jest/globals';
import { Body, Controller, HttpCode, type ModuleMetadata, Post, Query } from '@nestjs/common';
import { Client, ClientProxy, Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import { ConnectFailedError, type ProtosocketContext } from 'nestjs-protosocket';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Server as TlsServer, TLSSocket } from 'node:tls';
import { from, type Observable, scan } from 'rxjs';

import { eventually } from '../support/eventually.js';
import { TcpServer } from '../support/tcp-server.js';
import { turn } from '../support/turn.js';
import { Certificate } from '../support/certificate.js';
import { behaviours } from './support/behaviour.js';
import { type Bench, type Gateway, ownPort } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Journal } from './support/providers.js';
import type { NestTransport } from './support/transports.js';

const sumTls = 'integration/microservices/e2e/sum-rpc-tls.spec.ts';
const clientTls = 'packages/microservices/test/client/client-tcp-tls.spec.ts';

let key: string;
let cert: string;

beforeAll(() => {
  const certificate = new Certificate();
  ({ key, cert } = certificate);
  certificate.remove();
});

@Controller()
class SumController {
  constructor(private readonly journal: Journal) {}

  @MessagePattern({ cmd: 'sum' })
  sum(numbers: number[]): number {
    return numbers.reduce((a, b) => a + b, 0);
  }

  @MessagePattern({ cmd: 'streaming' })
  streaming(numbers: number[]): Observable<number> {
    return from(numbers);
  }

  @MessagePattern('fails')
  fails(): never {
    throw new Error('a secret');
  }

  @EventPattern('notification')
  notified(data: unknown): void {
    this.journal.note(data);
  }

  @MessagePattern('peer')
  peer(@Ctx() context: ProtosocketContext): unknown {
    return context.peerCertificate?.subject.CN ?? null;
  }
}

function gatewayParts(transport: NestTransport, port: number): ModuleMetadata {
  const provider = transport.clientProvider({ host: '127.0.0.1', port, tlsOptions: { ca: cert } });

  @Controller()
  class GatewayController {
    @Client(provider)
    readonly client!: ClientProxy;

    @Post()
    @HttpCode(200)
    call(@Query('command') cmd: string, @Body() data: number[]): Observable<number> {
      return this.client.send<number>({ cmd }, data);
    }

    @Post('stream')
    @HttpCode(200)
    stream(@Body() data: number[]): Observable<number> {
      return this.client.send<number>({ cmd: 'streaming' }, data).pipe(scan((a, b) => a + b));
    }

    @Post('notify')
    notify(@Body() data: unknown): Observable<unknown> {
      return this.client.emit('notification', data);
    }
  }

  return { controllers: [GatewayController, SumController], providers: [Journal] };
}

async function gatewayOf(bench: Bench): Promise<Gateway> {
  const port = await ownPort();
  return bench.gateway(gatewayParts(bench.transport, port), { server: { port, tlsOptions: { key, cert } } });
}

const served: ModuleMetadata = { controllers: [SumController], providers: [Journal] };
const numbers = [1, 2, 3, 4, 5];

behaviours('TLS', [
  {
    behaviour: 'a value',
    source: `${sumTls} › /POST TLS`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      expect(await gateway.post('/?command=sum', numbers)).toEqual({ status: 200, text: '15' });
    },
  },
  {
    behaviour: 'twenty at the same time',
    source: `${sumTls} › /POST (concurrent)`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      const responses = await Promise.all(
        numbers.flatMap((n) => [n, n, n, n]).map((n) => gateway.post('/?command=sum', [n, n])),
      );
      expect(responses.map(({ text }) => text)).toEqual(numbers.flatMap((n) => [n, n, n, n].map((x) => String(2 * x))));
    },
  },
  {
    behaviour: 'a stream',
    source: `${sumTls} › /POST (streaming)`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      expect(await gateway.post('/stream', numbers)).toEqual({ status: 200, text: '15' });
    },
  },
  {
    behaviour: 'a pattern that nobody handles',
    source: `${sumTls} › /POST (pattern not found)`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      expect((await gateway.post('/?command=nobody', numbers)).status).toBe(500);
    },
  },
  {
    behaviour: 'an event',
    source: `${sumTls} › /POST (event notification)`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      expect((await gateway.post('/notify', numbers)).status).toBe(201);
      const { entries } = gateway.app.get(Journal);
      await eventually(() => entries.length === 1);
      expect(entries).toEqual([numbers]);
    },
  },
  {
    behaviour: 'unwrap() of both sides',
    source: 'packages/microservices/client/client-tcp.ts › createSocket',
    async test(bench) {
      const service = await bench.service(served, { tlsOptions: { key, cert } });
      const client = service.client({ tlsOptions: { ca: cert } });
      expect(await all(client.send({ cmd: 'sum' }, numbers))).toEqual([15]);
      expect(service.app.unwrap()).toBeInstanceOf(TlsServer);
      expect(client.unwrap()).toBeInstanceOf(TLSSocket);
      expect(client.unwrap<TLSSocket>().authorized).toBe(true);
    },
  },
  {
    behaviour: 'a certificate that the client does not trust fails the request',
    source: `${clientTls} › handles a real untrusted TLS handshake`,
    async test(bench) {
      const service = await bench.service(served, { tlsOptions: { key, cert } });
      const client = service.client({ tlsOptions: {} });
      expect(await failureOf(client.send({ cmd: 'sum' }, numbers))).toBeDefined();
    },
    ours: {
      instead: 'with a ConnectFailedError, whose cause says why',
      because: 'every error of the transport has a class and a code',
      async test(bench) {
        const service = await bench.service(served, { tlsOptions: { key, cert } });
        const failure = await failureOf(service.client({ tlsOptions: {} }).send({ cmd: 'sum' }, numbers));
        expect(failure).toBeInstanceOf(ConnectFailedError);
        expect(failure).toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
      },
    },
  },
  {
    behaviour: 'a client without TLS is turned away, and the others are served',
    source: 'packages/microservices/server/server-tcp.ts › init',
    async test(bench) {
      const service = await bench.service(served, { tlsOptions: { key, cert } });
      await failureOf(service.client().send({ cmd: 'sum' }, numbers));
      const client = service.client({ tlsOptions: { ca: cert } });
      expect(await all(client.send({ cmd: 'sum' }, numbers))).toEqual([15]);
    },
  },
  {
    behaviour: 'connect() resolves, and status is connected, with the TCP connection, handshake or not',
    source: 'packages/microservices/client/client-tcp.ts › registerConnectListener',
    async test(bench) {
      const silent = await TcpServer.listen();
      bench.later(() => silent.close());
      const client = bench.client({ host: '127.0.0.1', port: silent.port, tlsOptions: { ca: cert } });
      await client.connect();
    },
    ours: {
      instead: 'with the end of the handshake',
      because: 'before it nothing can be said; newer versions of Nest do the same',
      async test(bench) {
        const silent = await TcpServer.listen();
        bench.later(() => silent.close());
        const client = bench.client({ host: '127.0.0.1', port: silent.port, tlsOptions: { ca: cert } });
        const statuses: string[] = [];
        client.status.subscribe((status) => statuses.push(status));
        const connecting = failureOf(client.connect() as Promise<unknown>);
        await once(client.unwrap<Socket>(), 'connect');
        await turn();
        expect(statuses).toEqual([]);
        await client.close();
        expect(await connecting).toBeInstanceOf(ConnectFailedError);
      },
    },
  },
  {
    behaviour: 'a handler that knows the certificate of the client',
    source: 'node:tls, requestCert',
    onlyOurs: true,
    async test(bench) {
      const service = await bench.service(served, { tlsOptions: { key, cert, ca: cert, requestCert: true } });
      const known = service.client({ tlsOptions: { key, cert, ca: cert } });
      expect(await all(known.send('peer', {}))).toEqual(['localhost']);
    },
  },
]);

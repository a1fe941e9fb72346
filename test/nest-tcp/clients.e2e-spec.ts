import { expect } from '@jest/globals';
import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Injectable,
  InternalServerErrorException,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  Post,
  RequestTimeoutException,
  type Type,
} from '@nestjs/common';
import {
  Client,
  type ClientOptions,
  type ClientProvider,
  ClientProxy,
  ClientProxyFactory,
  ClientsModule,
  type ClientsModuleOptionsFactory,
  MessagePattern,
  RpcException,
} from '@nestjs/microservices';
import { ConnectFailedError, ConnectionLostError } from 'nestjs-protosocket';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { catchError, interval, map, merge, type Observable, take, throwError } from 'rxjs';

import { eventually } from '../support/eventually.js';
import { turn } from '../support/turn.js';
import { type Behaviour, behaviours } from './support/behaviour.js';
import { type Bench, ownPort } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Gate } from './support/providers.js';
import { isNest12 } from './support/versions.js';

const clientsModule = 'packages/microservices/test/module/clients.module.spec.ts';
const factory = 'packages/microservices/test/client/client-proxy-factory.spec.ts';
const decorator = 'packages/microservices/test/decorators/client.decorator.spec.ts';
const disconnected = 'integration/microservices/e2e/disconnected-client.spec.ts › TCP';
const reconnect = 'integration/microservices/e2e/tcp-reconnect.spec.ts';
const clientTcp = 'packages/microservices/test/client/client-tcp.spec.ts';

@Controller()
class ServedController {
  constructor(private readonly gate: Gate) {}

  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }

  @MessagePattern('fails')
  fails(): never {
    throw new RpcException('no');
  }

  @MessagePattern('gated')
  async gated(data: unknown): Promise<unknown> {
    await this.gate.pass();
    return data;
  }

  @MessagePattern('stream')
  stream(count: number): Observable<number> {
    return interval(1).pipe(take(count));
  }
}

const served: ModuleMetadata = { controllers: [ServedController], providers: [Gate] };

/** A row that has a client made by Nest, and asks the service with it. */
const madeBy = (
  behaviour: string,
  source: string,
  make: (provider: ClientProvider, bench: Bench) => Promise<ClientProxy>,
): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service(served);
    const client = await make(bench.transport.clientProvider({ host: '127.0.0.1', port: service.port }), bench);
    expect(await all(client.send('echo', 1))).toEqual([1]);
  },
});

/** A module with the options of a client, for what is to be injected. */
function optionsModule(provider: ClientProvider): {
  Options: new () => { readonly provider: ClientProvider };
  Factory: Type<ClientsModuleOptionsFactory>;
  OptionsModule: new () => object;
} {
  @Injectable()
  class Options {
    readonly provider = provider;
  }

  @Injectable()
  class Factory implements ClientsModuleOptionsFactory {
    constructor(private readonly options: Options) {}

    async createClientOptions(): Promise<ClientProvider> {
      return Promise.resolve(this.options.provider);
    }
  }

  @Module({ providers: [Options, Factory], exports: [Options, Factory] })
  class OptionsModule {}

  return { Options, Factory, OptionsModule };
}

behaviours('clients that Nest makes', [
  madeBy('ClientProxyFactory.create', `${factory} › create`, async (provider, bench) => {
    const client = ClientProxyFactory.create(provider as ClientOptions);
    bench.later(() => client.close() as unknown);
    return Promise.resolve(client);
  }),
  madeBy('@Client() of a provider', decorator, async (provider, bench) => {
    @Injectable()
    class User {
      @Client(provider)
      readonly client!: ClientProxy;
    }

    const { app } = await bench.service({ providers: [User] });
    return app.get(User).client;
  }),
  madeBy('ClientsModule.register', `${clientsModule} › register`, async (provider, bench) => {
    const { app } = await bench.context({ imports: [ClientsModule.register([{ name: 'CLIENT', ...provider }])] });
    return app.get<ClientProxy>('CLIENT');
  }),
  madeBy('ClientsModule.register, by a symbol', `${clientsModule} › register`, async (provider, bench) => {
    const name = Symbol('client');
    const { app } = await bench.context({ imports: [ClientsModule.register({ clients: [{ name, ...provider }] })] });
    return app.get<ClientProxy>(name);
  }),
  madeBy('ClientsModule.register with isGlobal', `${clientsModule} › register`, async (provider, bench) => {
    @Injectable()
    class User {
      constructor(@Inject('GLOBAL') readonly client: ClientProxy) {}
    }

    @Module({ providers: [User], exports: [User] })
    class FarModule {}

    const clients = ClientsModule.register({ clients: [{ name: 'GLOBAL', ...provider }], isGlobal: true });
    const { app } = await bench.context({ imports: [clients, FarModule] });
    return app.get(User, { strict: false }).client;
  }),
  madeBy('registerAsync, useFactory with inject', `${clientsModule} › when useFactory`, async (provider, bench) => {
    const { Options, OptionsModule } = optionsModule(provider);
    const useFactory = async (options: { provider: ClientProvider }): Promise<ClientProvider> =>
      Promise.resolve(options.provider);
    const clients = ClientsModule.registerAsync([
      { name: 'CLIENT', imports: [OptionsModule], inject: [Options], useFactory },
    ]);
    const { app } = await bench.context({ imports: [clients] });
    return app.get<ClientProxy>('CLIENT');
  }),
  madeBy('registerAsync, useClass', `${clientsModule} › when useClass`, async (provider, bench) => {
    const { Factory, OptionsModule } = optionsModule(provider);
    const clients = ClientsModule.registerAsync([{ name: 'CLIENT', imports: [OptionsModule], useClass: Factory }]);
    const { app } = await bench.context({ imports: [clients] });
    return app.get<ClientProxy>('CLIENT');
  }),
  madeBy('registerAsync, useExisting', `${clientsModule} › when useExisting`, async (provider, bench) => {
    const { Factory, OptionsModule } = optionsModule(provider);
    const clients = ClientsModule.registerAsync([{ name: 'CLIENT', imports: [OptionsModule], useExisting: Factory }]);
    const { app } = await bench.context({ imports: [clients] });
    return app.get<ClientProxy>('CLIENT');
  }),
  madeBy(
    'registerAsync with isGlobal and extraProviders',
    `${clientsModule} › registerAsync`,
    async (provider, bench) => {
      const clients = ClientsModule.registerAsync({
        isGlobal: true,
        clients: [
          {
            name: 'CLIENT',
            inject: ['EXTRA'],
            useFactory: (extra: ClientProvider) => extra,
            extraProviders: [{ provide: 'EXTRA', useValue: provider }],
          },
        ],
      });
      const { app } = await bench.context({ imports: [clients] });
      return app.get<ClientProxy>('CLIENT');
    },
  ),
  {
    behaviour: 'two clients of two servers in one module',
    source: `${clientsModule} › register`,
    async test(bench) {
      const services = [await bench.service(served), await bench.service(served)];
      const clients = services.map(({ port }, i) => ({
        name: `CLIENT ${i}`,
        ...bench.transport.clientProvider({ host: '127.0.0.1', port }),
      }));
      const { app } = await bench.context({ imports: [ClientsModule.register(clients)] });
      for (const { name } of clients) expect(await all(app.get<ClientProxy>(name).send('echo', name))).toEqual([name]);
      expect(services.map(({ connections }) => connections().length)).toEqual([1, 1]);
    },
  },
  {
    behaviour: 'the clients of ClientsModule are closed with their application, told a signal or not',
    source: 'packages/microservices/module/clients.module.ts › assignOnAppShutdownHook',
    async test(bench) {
      const service = await bench.service(served);
      const provider = bench.transport.clientProvider({ host: '127.0.0.1', port: service.port });
      for (const signal of [undefined, 'SIGTERM']) {
        const imports = [ClientsModule.register([{ name: 'CLIENT', ...provider }])];
        const { app, close } = await bench.context({ imports });
        expect(await all(app.get<ClientProxy>('CLIENT').send('echo', 1))).toEqual([1]);
        expect(service.connections()).toHaveLength(1);
        await close(signal);
        await eventually(() => service.connections().length === 0);
      }
    },
  },
  {
    behaviour: 'those of @Client() as well',
    source: 'packages/microservices/microservices-module.ts › close',
    async test(bench) {
      const service = await bench.service(served);
      const provider = bench.transport.clientProvider({ host: '127.0.0.1', port: service.port });

      @Injectable()
      class User {
        @Client(provider)
        readonly client!: ClientProxy;
      }

      const user = await bench.service({ providers: [User] });
      expect(await all(user.app.get(User).client.send('echo', 1))).toEqual([1]);
      await user.close();
      await eventually(() => service.connections().length === 0);
    },
  },
  {
    behaviour: 'a subclass may change what comes',
    source: 'packages/microservices/client/client-proxy.ts › serializeResponse',
    async test(bench) {
      class Shouting extends bench.transport.Client {
        protected override serializeResponse(response: unknown): unknown {
          return String(response).toUpperCase();
        }
      }

      const service = await bench.service(served);
      const client = new Shouting({ host: '127.0.0.1', port: service.port });
      bench.later(() => client.close());
      expect(await all(client.send('echo', 'quiet'))).toEqual(['QUIET']);
    },
  },
  {
    behaviour: 'serializeError sees the errors of handlers, and those of connections that were cut',
    source: 'packages/microservices/client/client-proxy.ts › createObserver',
    async test(bench) {
      const seen: unknown[] = [];
      class Noting extends bench.transport.Client {
        protected override serializeError(error: unknown): unknown {
          seen.push(error);
          return 'serialized';
        }
      }

      const service = await bench.service(served);
      const client = new Noting({ host: '127.0.0.1', port: service.port });
      bench.later(() => client.close());
      expect(await failureOf(client.send('fails', {}))).toBe('serialized');
      const cut = failureOf(client.send('gated', {}));
      await eventually(() => service.app.get(Gate).waiting === 1);
      service.dropConnections();
      expect(await cut).toBe('serialized');
      expect(seen).toEqual([{ status: 'error', message: 'no' }, expect.any(Error)]);
    },
  },
  {
    behaviour: 'serializeError does not see why no connection could be made',
    source: 'packages/microservices/client/client-proxy.ts › send',
    async test(bench) {
      class Hiding extends bench.transport.Client {
        protected override serializeError(): unknown {
          return 'serialized';
        }
      }

      const client = new Hiding({ host: '127.0.0.1', port: await ownPort() });
      expect(await failureOf(client.send('none', {}))).not.toBe('serialized');
    },
    ours: {
      instead: 'it sees that as well',
      because: 'whoever overrides it wants to see why any call has failed',
      async test(bench) {
        class Hiding extends bench.transport.Client {
          protected override serializeError(error: unknown): unknown {
            return { seen: error };
          }
        }

        const client = new Hiding({ host: '127.0.0.1', port: await ownPort() });
        expect(await failureOf(client.send('none', {}))).toEqual({ seen: expect.any(ConnectFailedError) });
      },
    },
  },
  {
    behaviour: 'host and port may be left to their defaults: the host',
    source: 'packages/microservices/client/client-tcp.ts › TCP_DEFAULT_HOST',
    async test(bench) {
      const port = await ownPort();
      await bench.started(served, bench.transport.microservice({ port }));
      expect(await all(bench.client({ port }).send('echo', 1))).toEqual([1]);
    },
  },
  {
    behaviour: 'a port may be a text, as it comes from the environment',
    source: "node:net, to which Nest's TCP transport hands it on",
    async test(bench) {
      const port = String(await ownPort()) as unknown as number;
      await bench.service(served, { port });
      expect(await all(bench.client({ host: '127.0.0.1', port }).send('echo', 1))).toEqual([1]);
    },
  },
]);

/** `on()` of a client whose events the type of ClientProxy does not know. */
function listen(client: ClientProxy, event: string, listener: (argument?: unknown) => void): void {
  (client as { on(event: string, listener: (argument?: unknown) => void): void }).on(event, listener);
}

/** Nobody listens there. */
async function clientOfNobody(bench: Bench): Promise<ClientProxy> {
  return bench.client({ host: '127.0.0.1', port: await ownPort() });
}

const refused = { code: 'ECONNREFUSED' };

/** What differs wherever no connection can be made. */
const connectFailed = {
  instead: 'it is a ConnectFailedError, whose cause is that error',
  because: 'every error of the transport has a class and a code',
};

const refusedBy = (
  behaviour: string,
  source: string,
  ask: (client: ClientProxy) => Observable<unknown> | Promise<unknown>,
): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    expect(await failureOf(ask(await clientOfNobody(bench)))).toMatchObject(refused);
  },
  ours: {
    ...connectFailed,
    async test(bench) {
      const failure = await failureOf(ask(await clientOfNobody(bench)));
      expect(failure).toBeInstanceOf(ConnectFailedError);
      expect(failure).toMatchObject({ code: 'CONNECT_FAILED', cause: refused });
    },
  },
});

interface FailedConnect {
  readonly code: unknown;
  readonly cause: { readonly code: unknown };
}

/** As Nest's own test has it: a gateway that answers 408 when its service is not there. */
async function statusOfUnconnected(bench: Bench, codeOf: (error: FailedConnect) => unknown): Promise<number> {
  const client = await clientOfNobody(bench);

  @Controller()
  class UnconnectedController {
    @Post()
    @HttpCode(200)
    call(@Body() data: unknown): Observable<unknown> {
      return client
        .send('none', data)
        .pipe(
          catchError((error: FailedConnect) =>
            throwError(() =>
              codeOf(error) === 'ECONNREFUSED' ? new RequestTimeoutException() : new InternalServerErrorException(),
            ),
          ),
        );
    }
  }

  const gateway = await bench.gateway({ controllers: [UnconnectedController] }, { server: { port: 0 } });
  return (await gateway.post('/', [1, 2, 3])).status;
}

behaviours('clients without a server', [
  refusedBy('a request fails with ECONNREFUSED', disconnected, (client) => client.send('none', [1])),
  refusedBy('an event fails with ECONNREFUSED', disconnected, (client) => client.emit('none', [1])),
  refusedBy(
    'connect() rejects with ECONNREFUSED',
    `${clientTcp} › connect`,
    (client) => client.connect() as Promise<unknown>,
  ),
  {
    behaviour: 'a gateway tells it by its code',
    source: disconnected,
    async test(bench) {
      expect(await statusOfUnconnected(bench, ({ code }) => code)).toBe(408);
    },
    ours: {
      ...connectFailed,
      async test(bench) {
        expect(await statusOfUnconnected(bench, ({ cause }) => cause.code)).toBe(408);
      },
    },
  },
  {
    behaviour: 'many requests at the same time all fail',
    source: disconnected,
    async test(bench) {
      const client = await clientOfNobody(bench);
      const failures = await Promise.all(Array.from({ length: 10 }, () => failureOf(client.send('none', 1))));
      expect(failures).toHaveLength(10);
    },
  },
  {
    behaviour: 'the next request after a failed one connects, once the server is there',
    source: `${clientTcp} › connect`,
    async test(bench) {
      const port = await ownPort();
      const client = bench.client({ host: '127.0.0.1', port });
      await failureOf(client.send('echo', 1));
      // TCP keeps the failure until its socket has said that it is closed.
      await turn();
      await bench.service(served, { port });
      expect(await all(client.send('echo', 2))).toEqual([2]);
    },
  },
  {
    behaviour: 'the status is disconnected',
    source: `${clientTcp} › registerErrorListener`,
    async test(bench) {
      const client = await clientOfNobody(bench);
      const statuses: string[] = [];
      client.status.subscribe((status) => statuses.push(status));
      await failureOf(client.connect() as Promise<unknown>);
      await eventually(() => statuses.length > 0);
      expect(statuses).toEqual(['disconnected']);
    },
  },
  {
    behaviour: "on('error') is told why",
    source: 'packages/microservices/client/client-tcp.ts › on',
    async test(bench) {
      const client = await clientOfNobody(bench);
      const errors: unknown[] = [];
      listen(client, 'error', (error) => errors.push(error));
      await failureOf(client.send('none', 1));
      expect(errors).toEqual([expect.objectContaining(refused)]);
    },
  },
  {
    behaviour: 'an event that nobody subscribes to does not end the process',
    source: 'packages/microservices/client/client-proxy.ts › emit',
    async test(bench) {
      const client = await clientOfNobody(bench);
      client.emit('none', 1);
      await failureOf(client.send('none', 1));
      await turn();
    },
  },
]);

behaviours('options of a client and a server', [
  {
    behaviour: 'null and false are as if an option was left out',
    source: 'packages/microservices/client/client-tcp.ts › createSocket',
    async test(bench) {
      for (const nothing of [null, false]) {
        const options: object = { tlsOptions: nothing, serializer: nothing, deserializer: nothing };
        const service = await bench.service(served, options);
        expect(await all(service.client(options).send('echo', 1))).toEqual([1]);
      }
    },
  },
]);

behaviours('connections of a client', [
  {
    behaviour: 'the first request connects, and the others use that connection',
    source: `${clientTcp} › connect › when is connected`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      await Promise.all(Array.from({ length: 10 }, (_, i) => all(client.send('echo', i))));
      await all(client.send('echo', 1));
      expect(service.connections()).toHaveLength(1);
    },
  },
  {
    behaviour: 'connect() at the same time, and again later, is one connection',
    source: `${clientTcp} › connect › when is connected › should not call "createSocket"`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      await Promise.all([client.connect(), client.connect(), client.connect()]);
      await client.connect();
      await all(client.send('echo', 1));
      expect(service.connections()).toHaveLength(1);
    },
  },
  {
    behaviour: 'a provider may connect when the application starts',
    source: 'packages/microservices/client/client-proxy.ts › connect',
    async test(bench) {
      const service = await bench.service(served);
      const provider = bench.transport.clientProvider({ host: '127.0.0.1', port: service.port });

      @Injectable()
      class Eager implements OnApplicationBootstrap {
        constructor(@Inject('CLIENT') private readonly client: ClientProxy) {}

        async onApplicationBootstrap(): Promise<void> {
          await this.client.connect();
        }
      }

      const imports = [ClientsModule.register([{ name: 'CLIENT', ...provider }])];
      await bench.context({ imports, providers: [Eager] });
      await eventually(() => service.connections().length === 1);
    },
  },
  {
    behaviour: 'a request that is given up before there is a connection is never sent',
    source: 'packages/microservices/client/client-proxy.ts › send',
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      client.send('gated', 1).subscribe().unsubscribe();
      expect(await all(client.send('echo', 2))).toEqual([2]);
      expect(service.app.get(Gate).waiting).toBe(0);
    },
  },
  {
    behaviour: 'several clients have each their own',
    source: `${clientTcp} › connect`,
    async test(bench) {
      const service = await bench.service(served);
      const clients = Array.from({ length: 5 }, () => service.client());
      await Promise.all(clients.map((client, i) => all(client.send('echo', i))));
      expect(service.connections()).toHaveLength(5);
    },
  },
  {
    behaviour: 'after close() the next request connects anew',
    source: `${clientTcp} › close`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const statuses: string[] = [];
      client.status.subscribe((status) => statuses.push(status));
      expect(await all(client.send('echo', 1))).toEqual([1]);
      await client.close();
      await eventually(() => statuses.includes('disconnected'));
      expect(await all(client.send('echo', 2))).toEqual([2]);
      await eventually(() => service.connections().length === 1);
    },
  },
  {
    behaviour: 'close() may be called twice, and without a connection',
    source: `${clientTcp} › close`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      await client.close();
      await all(client.send('echo', 1));
      await client.close();
      await client.close();
      await eventually(() => service.connections().length === 0);
    },
  },
  {
    behaviour: 'after a restart of the server the next request connects anew',
    source: `${clientTcp} › socket lifecycle`,
    async test(bench) {
      const port = await ownPort();
      const first = await bench.service(served, { port });
      const client = bench.client({ host: '127.0.0.1', port });
      const statuses: string[] = [];
      client.status.subscribe((status) => statuses.push(status));
      expect(await all(client.send('echo', 1))).toEqual([1]);
      await first.close();
      await eventually(() => statuses.includes('disconnected'));
      await bench.service(served, { port });
      expect(await all(client.send('echo', 2))).toEqual([2]);
      expect(statuses).toEqual(['connected', 'disconnected', 'connected']);
    },
  },
  {
    behaviour: 'a connection that the server cuts fails what waits on it',
    source: `${clientTcp} › socket lifecycle › should tear down the client when the current socket closes`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const failures = Promise.all([1, 2, 3].map((i) => failureOf(client.send('gated', i))));
      await eventually(() => service.app.get(Gate).waiting === 3);
      service.dropConnections();
      expect(await failures).toEqual(Array.from({ length: 3 }, () => new Error('Connection closed')));
    },
    ours: {
      instead: 'they fail with a ConnectionLostError',
      because: 'every error of the transport has a class and a code',
      async test(bench) {
        const service = await bench.service(served);
        const client = service.client();
        const failures = Promise.all([1, 2, 3].map((i) => failureOf(client.send('gated', i))));
        await eventually(() => service.app.get(Gate).waiting === 3);
        service.dropConnections();
        for (const failure of await failures) expect(failure).toBeInstanceOf(ConnectionLostError);
      },
    },
  },
  {
    behaviour: 'after a cut the next request connects anew',
    source: `${clientTcp} › socket lifecycle`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const failure = failureOf(client.send('gated', 1));
      await eventually(() => service.app.get(Gate).waiting === 1);
      service.dropConnections();
      await failure;
      expect(await all(client.send('echo', 2))).toEqual([2]);
    },
  },
  {
    behaviour: 'close() fails what is in flight, at once',
    source: `${clientTcp} › close › should call callbacks`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const failure = failureOf(client.send('gated', 1));
      await eventually(() => service.app.get(Gate).waiting === 1);
      await client.close();
      expect(await failure).toEqual(new Error('Connection closed'));
    },
    ours: {
      instead: 'it lets them end, within the grace period',
      because: 'a shutdown should not lose answers that are on their way',
      async test(bench) {
        const service = await bench.service(served);
        const client = service.client({ gracePeriod: 5000 });
        const reply = all(client.send('gated', 1));
        const gate = service.app.get(Gate);
        await eventually(() => gate.waiting === 1);
        const closed = client.close() as unknown as Promise<void>;
        gate.open();
        expect(await reply).toEqual([1]);
        await closed;
      },
    },
  },
  {
    behaviour: 'a request right after close() gets a connection of its own, and all of its replies',
    source: `${reconnect} › should preserve streamed responses after closing a connected socket and reconnecting`,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      await client.connect();
      const first = client.unwrap<Socket>();
      const closed = once(first, 'close');
      void client.close();
      const stream = all(client.send('stream', 20));
      await closed;
      expect(await stream).toEqual(Array.from({ length: 20 }, (_, i) => i));
      const second = client.unwrap<Socket>();
      expect(second).not.toBe(first);
      await client.connect();
      expect(client.unwrap<Socket>()).toBe(second);
    },
  },
  {
    behaviour: 'close() while it connects lets that connect() come to its end, and another one goes on',
    source: `${reconnect} › should preserve streamed responses after closing a connecting socket and reconnecting`,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const first = client.connect() as Promise<unknown>;
      void client.close();
      expect(await all(client.send('stream', 5))).toEqual([0, 1, 2, 3, 4]);
      await first;
    },
    ours: {
      instead: 'that connect() rejects, and another one goes on',
      because: 'who waited for a connection has none',
      async test(bench) {
        const service = await bench.service(served);
        const client = service.client();
        const first = failureOf(client.connect() as Promise<unknown>);
        void client.close();
        expect(await all(client.send('stream', 5))).toEqual([0, 1, 2, 3, 4]);
        expect(await first).toBeInstanceOf(ConnectFailedError);
      },
    },
  },
]);

/** Pushes the names of the events of `client` as they come. */
function noteEvents(client: ClientProxy, names: string[]): string[] {
  const seen: string[] = [];
  for (const name of names) listen(client, name, () => seen.push(name));
  return seen;
}

behaviours('what a client tells of its connection', [
  {
    behaviour: 'status: connected, disconnected, connected',
    source: `${clientTcp} › socket lifecycle › should report the disconnection when a closed socket finishes closing`,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const statuses: string[] = [];
      client.status.subscribe((status) => statuses.push(status));
      expect(statuses).toEqual([]);
      await client.connect();
      expect(statuses).toEqual(['connected']);
      await client.close();
      await eventually(() => statuses.length === 2);
      await client.connect();
      expect(statuses).toEqual(['connected', 'disconnected', 'connected']);
    },
  },
  {
    behaviour: 'status: who subscribes later gets the last one',
    source: 'packages/microservices/client/client-proxy.ts › status',
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      await client.connect();
      expect(await all(client.status.pipe(take(1)))).toEqual(['connected']);
    },
  },
  {
    behaviour: 'on() before there is a connection, and after',
    source: 'packages/microservices/client/client-tcp.ts › on',
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const early = noteEvents(client, ['connect', 'close']);
      await client.connect();
      const late = noteEvents(client, ['end', 'close']);
      service.dropConnections();
      await eventually(() => early.length === 2 && late.includes('close'));
      expect(early).toEqual(['connect', 'close']);
      expect(late.at(-1)).toBe('close');
    },
  },
  {
    behaviour: 'on() holds for later connections',
    source: 'packages/microservices/client/client-tcp.ts › on',
    available: isNest12,
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const seen = noteEvents(client, ['connect', 'close']);
      await client.connect();
      service.dropConnections();
      await eventually(() => seen.length === 2);
      await client.connect();
      expect(seen).toEqual(['connect', 'close', 'connect']);
    },
  },
  {
    behaviour: 'on() ends with close()',
    source: 'packages/microservices/client/client-tcp.ts › close',
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const seen = noteEvents(client, ['connect', 'close']);
      await client.connect();
      await client.close();
      await eventually(() => seen.includes('close'));
      await client.connect();
      expect(seen).toEqual(['connect', 'close']);
    },
  },
  {
    behaviour: 'unwrap() is the socket, while there is one',
    source: 'packages/microservices/client/client-tcp.ts › unwrap',
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      expect(() => client.unwrap()).toThrow('Not initialized. Please call the "connect" method first.');
      await client.connect();
      expect(client.unwrap()).toBeInstanceOf(Socket);
      expect(client.unwrap<Socket>().remotePort).toBe(service.port);
      await client.close();
      expect(() => client.unwrap()).toThrow('Not initialized');
    },
  },
  {
    behaviour: 'requests merged by RxJS',
    source: 'packages/microservices/client/client-proxy.ts › send',
    async test(bench) {
      const service = await bench.service(served);
      const client = service.client();
      const merged = merge(client.send<number>('stream', 3), client.send<number>('echo', 10)).pipe(map((n) => n * 2));
      expect((await all(merged)).sort((a, b) => a - b)).toEqual([0, 2, 4, 20]);
    },
  },
]);

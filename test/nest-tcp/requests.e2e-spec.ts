import { expect } from '@jest/globals';
import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  Post,
  Query,
} from '@nestjs/common';
import {
  Client,
  type ClientProvider,
  ClientProxy,
  ClientsModule,
  type ClientsModuleOptionsFactory,
  EventPattern,
  MessagePattern,
  RpcException,
} from '@nestjs/microservices';
import { NoHandlerError } from 'nestjs-protosocket';
import {
  catchError,
  concatMap,
  EMPTY,
  from,
  interval,
  lastValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  scan,
  take,
  throwError,
  timeout,
  TimeoutError,
} from 'rxjs';

import { eventually } from '../support/eventually.js';
import { type Behaviour, behaviours } from './support/behaviour.js';
import { type Bench, type Gateway, ownPort } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Gate, Journal } from './support/providers.js';
import { type NestTransport } from './support/transports.js';
import { isNest12 } from './support/versions.js';

const sumRpc = 'integration/microservices/e2e/sum-rpc.spec.ts';
const clientProxy = 'packages/microservices/test/client/client-proxy.spec.ts';
const jsonSocket = 'packages/microservices/helpers/json-socket.ts › formatMessageData';
const server = 'packages/microservices/test/server/server.spec.ts';

/** What Nest says where no handler fits, on every transport. */
const NO_HANDLER = 'There is no matching message handler defined in the remote service.';

const sumOf = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

@Controller()
class SumController {
  constructor(
    private readonly journal: Journal,
    private readonly gate: Gate,
  ) {}

  @MessagePattern({ cmd: 'sum' })
  sum(numbers: number[]): number {
    return sumOf(numbers);
  }

  @MessagePattern({ cmd: 'async sum' })
  async asyncSum(numbers: number[]): Promise<number> {
    await Promise.resolve();
    return sumOf(numbers);
  }

  @MessagePattern({ cmd: 'stream sum' })
  streamSum(numbers: number[]): Observable<number> {
    return of(sumOf(numbers));
  }

  @MessagePattern({ cmd: 'promised stream sum' })
  async promisedStreamSum(numbers: number[]): Promise<Observable<number>> {
    return Promise.resolve(of(sumOf(numbers)));
  }

  @MessagePattern({ cmd: 'streaming' })
  streaming(numbers: number[]): Observable<number> {
    return from(numbers);
  }

  @MessagePattern({ cmd: 'slow streaming' })
  slowStreaming(numbers: number[]): Observable<number> {
    return interval(1).pipe(
      take(numbers.length),
      map((i) => numbers[i]!),
    );
  }

  @MessagePattern({ cmd: 'echo' })
  echo(data: unknown): unknown {
    this.journal.note(data);
    return data;
  }

  @MessagePattern({ cmd: 'stream of' })
  streamOf(items: Observable<number>): Observable<number> {
    return items.pipe(map((n) => 2 * n));
  }

  @MessagePattern({ cmd: 'undefined' })
  undefined(): void {
    return undefined;
  }

  @MessagePattern({ cmd: 'null' })
  null(): null {
    return null;
  }

  @MessagePattern({ cmd: 'empty' })
  empty(): Observable<never> {
    return EMPTY;
  }

  @MessagePattern({ cmd: 'never' })
  never(): Observable<never> {
    return NEVER;
  }

  @MessagePattern({ cmd: 'gated' })
  async gated(data: unknown): Promise<unknown> {
    await this.gate.pass();
    return data;
  }

  @MessagePattern({ cmd: 'fails' })
  fails(): Observable<never> {
    return throwError(() => new Error('a secret'));
  }

  @MessagePattern({ cmd: 'fails late' })
  failsLate(): Observable<number> {
    return from([1, 2, 3]).pipe(concatMap((n) => (n < 3 ? of(n) : throwError(() => new RpcException('no third')))));
  }

  @MessagePattern({ cmd: 'undefined items' })
  undefinedItems(): Observable<unknown> {
    return from([undefined, 1, undefined, 2]);
  }

  @MessagePattern({ cmd: 'generator' })
  *generator(count: number): Generator<number> {
    for (let i = 0; i < count; i++) yield i;
  }

  @MessagePattern({ cmd: 'set' })
  set(): unknown {
    return { set: new Set([1]), map: new Map([[1, 2]]), nan: NaN };
  }

  @MessagePattern({ cmd: 'a set' })
  aSet(): unknown {
    return new Set([1]);
  }

  @MessagePattern({ cmd: 'own form' })
  ownForm(): unknown {
    return { at: 1, toJSON: () => 'in a form of its own' };
  }

  @MessagePattern('declared twice')
  first(): string {
    return 'the first';
  }

  @MessagePattern('declared twice')
  second(): string {
    return 'the second';
  }

  @EventPattern('notification')
  notified(data: unknown): void {
    this.journal.note(data);
  }
}

const parts: ModuleMetadata = { controllers: [SumController], providers: [Journal, Gate] };

/** The HTTP application of Nest's tests: each route passes its body on, by one of several clients. */
function gatewayParts(transport: NestTransport, port: number): ModuleMetadata {
  const provider = transport.clientProvider({ host: '127.0.0.1', port });

  @Injectable()
  class Configuration {
    readonly client = provider;
  }

  @Module({ providers: [Configuration], exports: [Configuration] })
  class ConfigurationModule {}

  @Injectable()
  class ClientConfiguration implements ClientsModuleOptionsFactory {
    constructor(private readonly configuration: Configuration) {}

    createClientOptions(): ClientProvider {
      return this.configuration.client;
    }
  }

  class WrappingClient extends transport.Client {
    protected override serializeError(error: unknown): unknown {
      return new RpcException(error as object);
    }
  }

  @Controller()
  class GatewayController {
    @Client(provider)
    readonly client!: ClientProxy;

    constructor(
      @Inject('FACTORY') private readonly factoryClient: ClientProxy,
      @Inject('CLASS') private readonly classClient: ClientProxy,
      @Inject('WRAPPING') private readonly wrappingClient: ClientProxy,
    ) {}

    @Post()
    @HttpCode(200)
    call(@Query('command') cmd: string, @Body() data: number[]): Observable<number> {
      return this.client.send<number>({ cmd }, data);
    }

    @Post('factory')
    @HttpCode(200)
    callByFactoryClient(@Body() data: number[]): Observable<number> {
      return this.factoryClient.send<number>({ cmd: 'sum' }, data);
    }

    @Post('class')
    @HttpCode(200)
    callByClassClient(@Body() data: number[]): Observable<number> {
      return this.classClient.send<number>({ cmd: 'sum' }, data);
    }

    @Post('stream')
    @HttpCode(200)
    stream(@Body() data: number[]): Observable<number> {
      return this.client.send<number>({ cmd: 'streaming' }, data).pipe(scan((a, b) => a + b));
    }

    @Post('concurrent')
    @HttpCode(200)
    async concurrent(@Body() rows: number[][]): Promise<boolean> {
      const sums = await Promise.all(rows.map((row) => lastValueFrom(this.client.send<number>({ cmd: 'sum' }, row))));
      return sums.every((sum, i) => sum === sumOf(rows[i]!));
    }

    @Post('notify')
    async notify(@Body() body: unknown): Promise<unknown> {
      return Promise.resolve(this.client.emit('notification', body));
    }

    @Post('error')
    @HttpCode(200)
    error(@Query('client') name: string): Observable<boolean> {
      const client = name === 'wrapping' ? this.wrappingClient : this.client;
      return client.send({ cmd: 'fails' }, {}).pipe(catchError((error) => of(error instanceof RpcException)));
    }
  }

  return {
    imports: [
      ClientsModule.registerAsync([
        {
          name: 'FACTORY',
          imports: [ConfigurationModule],
          inject: [Configuration],
          useFactory: ({ client }: Configuration) => client,
        },
        { name: 'CLASS', imports: [ConfigurationModule], useClass: ClientConfiguration },
        {
          name: 'WRAPPING',
          useFactory: () => ({ customClass: WrappingClient, options: { host: '127.0.0.1', port } }),
        },
      ]),
    ],
    controllers: [GatewayController, SumController],
    providers: [Journal, Gate],
  };
}

async function gatewayOf(bench: Bench): Promise<Gateway> {
  const port = await ownPort();
  return bench.gateway(gatewayParts(bench.transport, port), { server: { port } });
}

/** A row that posts to the gateway and looks at what comes back. */
const posts = (
  behaviour: string,
  source: string,
  path: string,
  body: unknown,
  expected: { status: number; text: string },
): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const gateway = await gatewayOf(bench);
    expect(await gateway.post(path, body)).toEqual(expected);
  },
});

/** A row that sends one request and looks at all that comes back. */
const answers = (
  behaviour: string,
  source: string,
  pattern: unknown,
  data: unknown,
  expected: unknown[],
): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service(parts);
    expect(await all(service.client().send(pattern, data))).toEqual(expected);
  },
});

const fifteen = { status: 200, text: '15' };
const numbers = [1, 2, 3, 4, 5];

behaviours('requests through an HTTP gateway', [
  posts('a value', `${sumRpc} › /POST`, '/?command=sum', numbers, fifteen),
  posts('a promise', `${sumRpc} › /POST (Promise/async)`, '/?command=async sum', numbers, fifteen),
  posts('an Observable', `${sumRpc} › /POST (Observable stream)`, '/?command=stream sum', numbers, fifteen),
  posts('a client of useFactory', `${sumRpc} › /POST (useFactory client)`, '/factory', numbers, fifteen),
  posts('a client of useClass', `${sumRpc} › /POST (useClass client)`, '/class', numbers, fifteen),
  posts(
    'ten calls at the same time from one HTTP request',
    `${sumRpc} › /POST (concurrent)`,
    '/concurrent',
    Array.from({ length: 10 }, (_, row) => Array.from({ length: 10 }, (__, i) => row * 10 + i + 1)),
    { status: 200, text: 'true' },
  ),
  {
    behaviour: 'thirty HTTP requests at the same time, each with its own answer',
    source: `${sumRpc} › /POST (concurrent)`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      const rows = Array.from({ length: 30 }, (_, i) => [i, i, i]);
      const responses = await Promise.all(rows.map((row) => gateway.post('/?command=sum', row)));
      expect(responses).toEqual(rows.map((row) => ({ status: 200, text: String(sumOf(row)) })));
    },
  },
  posts('a stream', `${sumRpc} › /POST (streaming)`, '/stream', numbers, fifteen),
  {
    behaviour: 'a pattern that nobody handles is a 500',
    source: `${sumRpc} › /POST (pattern not found)`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      expect((await gateway.post('/?command=nobody', numbers)).status).toBe(500);
    },
  },
  {
    behaviour: 'an event',
    source: `${sumRpc} › /POST (event notification)`,
    async test(bench) {
      const gateway = await gatewayOf(bench);
      expect((await gateway.post('/notify', numbers)).status).toBe(201);
      const journal = gateway.app.get(Journal);
      await eventually(() => journal.entries.length > 0);
      expect(journal.entries).toEqual([numbers]);
    },
  },
  posts(
    'a client that overrides serializeError',
    `${sumRpc} › /POST (custom client)`,
    '/error?client=wrapping',
    {},
    {
      status: 200,
      text: 'true',
    },
  ),
  posts(
    'a client that does not',
    `${sumRpc} › /POST (standard client)`,
    '/error?client=standard',
    {},
    {
      status: 200,
      text: 'false',
    },
  ),
]);

behaviours('requests', [
  answers('undefined is an answer without a value', `${clientProxy} › createObserver`, { cmd: 'undefined' }, {}, []),
  answers('null is a value', `${clientProxy} › createObserver`, { cmd: 'null' }, {}, [null]),
  answers('an empty Observable is an answer without a value', `${server} › send`, { cmd: 'empty' }, {}, []),
  answers('a promised Observable', `${server} › transformToObservable`, { cmd: 'promised stream sum' }, numbers, [15]),
  answers('the items of a stream, in order', `${sumRpc} › /POST (streaming)`, { cmd: 'streaming' }, numbers, numbers),
  answers('falsy data: 0', `${clientProxy} › send`, { cmd: 'echo' }, 0, [0]),
  answers('falsy data: false', `${clientProxy} › send`, { cmd: 'echo' }, false, [false]),
  answers('falsy data: an empty text', `${clientProxy} › send`, { cmd: 'echo' }, '', ['']),
  answers(
    'text of every kind',
    'packages/microservices/test/json-socket/message-parsing.spec.ts',
    { cmd: 'echo' },
    'é€𝄞\n#"\\',
    ['é€𝄞\n#"\\'],
  ),
  answers('nested data', `${clientProxy} › send`, { cmd: 'echo' }, { a: [{ b: null }, [[]]] }, [
    { a: [{ b: null }, [[]]] },
  ]),
  answers('what JSON makes of a date', jsonSocket, { cmd: 'echo' }, { at: new Date(0) }, [
    { at: '1970-01-01T00:00:00.000Z' },
  ]),
  answers('what JSON makes of an object with toJSON', jsonSocket, { cmd: 'own form' }, {}, ['in a form of its own']),
  answers('what JSON makes of a Set, a Map and NaN', jsonSocket, { cmd: 'set' }, {}, [{ set: {}, map: {}, nan: null }]),
  answers('a Set is a value, not a stream', jsonSocket, { cmd: 'a set' }, {}, [{}]),
  answers('a field that is undefined is not sent', jsonSocket, { cmd: 'echo' }, { a: undefined, b: 1 }, [{ b: 1 }]),
  {
    ...answers('undefined as an item of a stream', `${clientProxy} › createObserver`, { cmd: 'undefined items' }, {}, [
      undefined,
      1,
      undefined,
      2,
    ]),
    // On Nest 11 it is not the item that arrives.
    available: isNest12,
  },
  {
    ...answers('a generator comes as what JSON makes of it', jsonSocket, { cmd: 'generator' }, 3, [{}]),
    ours: {
      instead: 'its items come, as a stream',
      because: 'there is nothing else that a handler could mean by it',
      test: answers('', '', { cmd: 'generator' }, 3, [0, 1, 2]).test,
    },
  },
  {
    behaviour: 'an Observable as data is sent as what JSON makes of it',
    source: jsonSocket,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().send({ cmd: 'echo' }, EMPTY))).toEqual([{}]);
    },
    ours: {
      instead: 'its items are sent, as a request stream',
      because: 'there is nothing else that a caller could mean by it',
      async test(bench) {
        const service = await bench.service(parts);
        expect(await all(service.client().send({ cmd: 'stream of' }, from([1, 2, 3])))).toEqual([2, 4, 6]);
      },
    },
  },
  {
    behaviour: 'bytes come as what JSON makes of a Buffer',
    source: jsonSocket,
    async test(bench) {
      const service = await bench.service(parts);
      const reply = service.client().send({ cmd: 'echo' }, Buffer.from([1, 2]));
      expect(await all(reply)).toEqual([{ type: 'Buffer', data: [1, 2] }]);
    },
    ours: {
      instead: 'bytes come as bytes',
      because: 'the wire has room for them, and JSON makes them four times as long',
      async test(bench) {
        const service = await bench.service(parts);
        const reply = service.client().send({ cmd: 'echo' }, Buffer.from([1, 2]));
        expect(await all(reply)).toEqual([Buffer.from([1, 2])]);
      },
    },
  },
  {
    behaviour: 'a megabyte, there and back',
    source: 'packages/microservices/test/json-socket/message-parsing.spec.ts',
    async test(bench) {
      const service = await bench.service(parts);
      const text = 'x'.repeat(1024 * 1024);
      expect(await all(service.client().send({ cmd: 'echo' }, text))).toEqual([text]);
    },
  },
  {
    behaviour: 'several streams on one connection, each whole and in order',
    source: `${sumRpc} › /POST (streaming)`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const rows = Array.from({ length: 8 }, (_, row) => Array.from({ length: 10 }, (__, i) => row * 100 + i));
      const streams = rows.map((row) => all(client.send<number>({ cmd: 'slow streaming' }, row)));
      expect(await Promise.all(streams)).toEqual(rows);
    },
  },
  {
    behaviour: 'a slow answer does not hold up the next one',
    source: `${sumRpc} › /POST (concurrent)`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const gated = all(client.send({ cmd: 'gated' }, 'slow'));
      const gate = service.app.get(Gate);
      await eventually(() => gate.waiting === 1);
      expect(await all(client.send({ cmd: 'echo' }, 'fast'))).toEqual(['fast']);
      gate.open();
      expect(await gated).toEqual(['slow']);
    },
  },
  {
    behaviour: 'two thousand requests in one go',
    source: 'integration/microservices/e2e/tcp-json-socket-pipeline.spec.ts › 12_000-frame burst',
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const rows = Array.from({ length: 2000 }, (_, i) => [i, 1]);
      const sums = await Promise.all(rows.map((row) => lastValueFrom(client.send<number>({ cmd: 'sum' }, row))));
      expect(sums).toEqual(rows.map(sumOf));
    },
  },
  {
    behaviour: 'nothing is sent until somebody subscribes, and anew for each who does',
    source: `${clientProxy} › should call "connect" on subscribe`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const request = client.send<number>({ cmd: 'echo' }, 7);
      expect(await all(client.send({ cmd: 'echo' }, 1))).toEqual([1]);
      expect(await all(request)).toEqual([7]);
      expect(await all(request)).toEqual([7]);
      expect(service.app.get(Journal).entries).toEqual([1, 7, 7]);
    },
  },
  {
    behaviour: 'who unsubscribes gets nothing more, and the other calls go on',
    source: 'packages/microservices/test/client/client-tcp.spec.ts › publish › on dispose',
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const kept = all(client.send<number>({ cmd: 'slow streaming' }, numbers));
      const given: number[] = [];
      await lastValueFrom(
        client.send<number>({ cmd: 'slow streaming' }, numbers).pipe(
          map((n) => given.push(n)),
          take(1),
        ),
      );
      expect(await kept).toEqual(numbers);
      expect(given).toEqual([1]);
    },
  },
  {
    behaviour: "RxJS's timeout ends a call that takes too long",
    source: 'packages/microservices/client/client-proxy.ts › send',
    async test(bench) {
      const service = await bench.service(parts);
      const request = service.client().send({ cmd: 'never' }, {});
      expect(await failureOf(request.pipe(timeout(20)))).toBeInstanceOf(TimeoutError);
    },
  },
  {
    behaviour: 'a stream that fails: first its items, then the error',
    source: `${server} › send › when stream throws exception`,
    async test(bench) {
      const service = await bench.service(parts);
      const items: unknown[] = [];
      const stream = service.client().send({ cmd: 'fails late' }, {});
      const failure = await failureOf(stream.pipe(map((item) => items.push(item))));
      expect(items).toEqual([1, 2]);
      expect(failure).toEqual({ status: 'error', message: 'no third' });
    },
  },
  answers('of two handlers of one pattern, the last answers', `${server} › addHandler`, 'declared twice', {}, [
    'the second',
  ]),
  {
    behaviour: 'a pattern that nobody handles fails with a text',
    source: 'packages/microservices/test/server/server-tcp.spec.ts › should send NO_MESSAGE_HANDLER error',
    async test(bench) {
      const service = await bench.service(parts);
      expect(await failureOf(service.client().send('nobody', {}))).toBe(NO_HANDLER);
    },
    ours: {
      instead: 'it fails with a NoHandlerError, whose message is that text',
      because: "every error of the transport has a class and a code, to tell it from the handler's",
      async test(bench) {
        const service = await bench.service(parts);
        const failure = await failureOf(service.client().send('nobody', {}));
        expect(failure).toBeInstanceOf(NoHandlerError);
        expect(failure).toMatchObject({ code: 'NO_HANDLER', message: NO_HANDLER });
      },
    },
  },
  ...[true, Symbol('pattern'), 1n].map((pattern): Behaviour => ({
    behaviour: `a pattern of type ${typeof pattern}, which none should have, fails`,
    source: 'packages/microservices/utils/transform-pattern.utils.ts',
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      await failureOf(client.send(pattern, {}).pipe(timeout(50)));
      expect(await all(client.send({ cmd: 'echo' }, 1))).toEqual([1]);
    },
  })),
  ...(['send', 'emit'] as const).flatMap((method) =>
    [
      { what: 'a pattern of null', pattern: null, data: {} },
      { what: 'a pattern of undefined', pattern: undefined, data: {} },
      { what: 'data of null', pattern: 'echo', data: null },
      { what: 'data of undefined', pattern: 'echo', data: undefined },
    ].map(({ what, pattern, data }): Behaviour => ({
      behaviour: `${method} with ${what} fails with an InvalidMessageException, and sends nothing`,
      source: `${clientProxy} › ${method} › should return Observable with error`,
      async test(bench) {
        const client = bench.client({ host: '127.0.0.1', port: await ownPort() });
        const failure = await failureOf(client[method](pattern, data));
        expect((failure as Error).constructor.name).toBe('InvalidMessageException');
        expect((failure as Error).message).toContain('invalid data or message pattern');
      },
    })),
  ),
]);

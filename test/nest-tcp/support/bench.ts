import type {
  INestApplication,
  INestApplicationContext,
  INestMicroservice,
  ModuleMetadata,
  NestHybridApplicationOptions,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ClientProxy, MicroserviceOptions } from '@nestjs/microservices';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from 'node:net';

import { assertNoOpenHandles } from '../../support/open-handles.js';
import { assertNothingLeftOpen, type ClientOptions, type NestTransport, type ServerOptions } from './transports.js';

const HOST = '127.0.0.1';

/** A microservice that listens. */
export interface Service {
  readonly app: INestMicroservice;
  readonly port: number;
  readonly client: (options?: ClientOptions) => ClientProxy;
  /** The server's ends of the connections that stand. */
  readonly connections: () => Socket[];
  /** Cuts all connections from the server's side, as a crash of it would. */
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
}

/** An HTTP application with a microservice. */
export interface Gateway {
  readonly app: INestApplication;
  readonly microservice: INestMicroservice;
  readonly post: (path: string, body: unknown) => Promise<{ status: number; text: string }>;
  readonly close: (signal?: string) => Promise<void>;
}

export interface GatewayOptions {
  readonly server: ServerOptions;
  readonly hybrid?: NestHybridApplicationOptions;
  /** Called before the microservice is connected. */
  readonly setUp?: (app: INestApplication) => void;
  /** Called before it starts. What it sets counts only with `deferInitialization`. */
  readonly connected?: (microservice: INestMicroservice) => void;
}

/** Where a row is tried on a transport: starts what it asks for, and closes it in the end. */
export class Bench {
  private readonly cleanups: (() => unknown)[] = [];

  constructor(readonly transport: NestTransport) {}

  /** Has `cleanup` run at the end, before what was asked for earlier is closed. */
  later(cleanup: () => unknown): void {
    this.cleanups.push(cleanup);
  }

  /** Starts a microservice on a free port, or where `options` say. */
  async service(
    metadata: ModuleMetadata,
    options: ServerOptions = {},
    setUp: (app: INestMicroservice) => void = () => undefined,
  ): Promise<Service> {
    return this.started(metadata, this.transport.microservice({ host: HOST, port: 0, ...options }), options, setUp);
  }

  /** Starts a microservice whose server the row has made itself. */
  async started(
    metadata: ModuleMetadata,
    microservice: MicroserviceOptions,
    options: ServerOptions = {},
    setUp: (app: INestMicroservice) => void = () => undefined,
  ): Promise<Service> {
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(metadata), {
      ...microservice,
      abortOnError: false,
    });
    const close = this.closedOnce(() => app.close());
    setUp(app);
    await app.listen();
    const server = app.unwrap<NetServer>();
    const sockets: Socket[] = [];
    server.on('connection', (socket: Socket) => sockets.push(socket));
    const address = server.address() as AddressInfo | string;
    const port = typeof address === 'string' ? 0 : address.port;
    const target = typeof address === 'string' ? { path: options.path } : { host: HOST, port };
    return {
      app,
      port,
      client: (clientOptions = {}) => this.client({ ...target, ...clientOptions }),
      connections: () => sockets.filter((socket) => !socket.destroyed),
      dropConnections: () => sockets.forEach((socket) => socket.destroy()),
      close,
    };
  }

  /** Starts an HTTP application on a free port, with a microservice where `server` says. */
  async gateway(metadata: ModuleMetadata, options: GatewayOptions): Promise<Gateway> {
    const app = await NestFactory.create(moduleOf(metadata), { abortOnError: false });
    const close = this.closedOnce(closingOf(app));
    options.setUp?.(app);
    const transport = this.transport.microservice({ host: HOST, ...options.server });
    const microservice = app.connectMicroservice<MicroserviceOptions>(transport, options.hybrid);
    options.connected?.(microservice);
    await app.startAllMicroservices();
    await app.listen(0, HOST);
    const url = await app.getUrl();
    return {
      app,
      microservice,
      post: async (path, body) => {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
        return { status: response.status, text: await response.text() };
      },
      close,
    };
  }

  /** An application without a server, for clients alone. */
  async context(
    metadata: ModuleMetadata,
  ): Promise<{ app: INestApplicationContext; close: (signal?: string) => Promise<void> }> {
    const app = await NestFactory.createApplicationContext(moduleOf(metadata), { abortOnError: false });
    return { app, close: this.closedOnce(closingOf(app)) };
  }

  /** A bare connection, for rows that write their own bytes. */
  async socket(port: number): Promise<Socket> {
    const socket = connect(port, HOST);
    this.later(() => socket.destroy());
    await once(socket, 'connect');
    // A server may well reset it.
    socket.on('error', () => undefined);
    socket.resume();
    return socket;
  }

  client(options: ClientOptions): ClientProxy {
    const client = new this.transport.Client(options);
    this.later(() => client.close());
    return client;
  }

  /** Closes everything, the youngest first, and throws if something of ours is still open then. */
  async close(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0).reverse()) await cleanup();
    assertNothingLeftOpen();
    await assertNoOpenHandles();
  }

  private closedOnce(close: (signal?: string) => Promise<void>): (signal?: string) => Promise<void> {
    let closed: Promise<void> | undefined;
    const closeOnce = (signal?: string): Promise<void> => (closed ??= close(signal));
    this.later(() => closeOnce());
    return closeOnce;
  }
}

/** Nest's own `close()` takes the signal that is the reason; its type does not tell. */
function closingOf(app: INestApplicationContext): (signal?: string) => Promise<void> {
  return (signal) => (app as { close(signal?: string): Promise<void> }).close(signal);
}

/** An application's module, made of its parts. */
export function moduleOf(metadata: ModuleMetadata): ModuleMetadata & { module: new () => object } {
  return { module: class BenchModule {}, ...metadata };
}

/**
 * A port for what has to know it before the server listens. Not one of those that the system hands out to outgoing
 * connections, so that nobody takes it meanwhile.
 */
export async function ownPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, HOST, () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

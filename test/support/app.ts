import { Logger, type LoggerService, type Type } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  ClientProtosocket,
  type ProtosocketClientOptions,
  type ProtosocketServerOptions,
  ServerProtosocket,
} from 'nestjs-protosocket';

import { freePort } from './free-port.js';
import { assertNoOpenHandles } from './open-handles.js';

/** What a test started, to be closed and then checked for leftovers. */
interface Started {
  readonly server: ServerProtosocket;
  readonly app: INestMicroservice;
  readonly clients: ClientProtosocket[];
}

/** A microservice on a port of its own, with clients to it. */
export interface Service extends Started {
  readonly port: number;
  /** A client of this service; closed with it. */
  client(options?: ProtosocketClientOptions): ClientProtosocket;
}

const services: Service[] = [];
/** Clients of servers that are none of ours. */
const strangers: ClientProtosocket[] = [];

/** A client of a server on loopback that {@link startService} did not start; closed by {@link closeServices}. */
export function connectTo(port: number, options: ProtosocketClientOptions = {}): ClientProtosocket {
  const client = new ClientProtosocket({ host: '127.0.0.1', port, gracePeriod: 200, ...options });
  strangers.push(client);
  return client;
}

/** Starts a Nest microservice with `controllers` on a free port of loopback. */
export async function startService(
  controllers: Type[],
  options: ProtosocketServerOptions = {},
  setUp: (app: INestMicroservice, server: ServerProtosocket) => void = () => undefined,
  providers: Type[] = [],
): Promise<Service> {
  const server = new ServerProtosocket({ host: '127.0.0.1', port: await freePort(), gracePeriod: 200, ...options });
  const module = await Test.createTestingModule({ controllers, providers }).compile();
  const app = module.createNestMicroservice({ strategy: server, logger: silentLogger });
  setUp(app, server);
  await app.listen();
  const address = server.unwrap().address();
  const port = typeof address === 'string' ? 0 : (address?.port ?? 0);
  const clients: ClientProtosocket[] = [];
  const service: Service = {
    server,
    app,
    clients,
    port,
    client(clientOptions = {}) {
      const target = options.path === undefined ? { host: '127.0.0.1', port } : { path: options.path };
      const client = new ClientProtosocket({ ...target, gracePeriod: 200, ...clientOptions });
      clients.push(client);
      return client;
    },
  };
  services.push(service);
  return service;
}

/** Closes what {@link startService} started, and throws when anything of it is left open. For `afterEach`. */
export async function closeServices(): Promise<void> {
  await Promise.all(strangers.splice(0).map((client) => client.close()));
  for (const { app, clients, server } of services.splice(0)) {
    await Promise.all(clients.map((client) => client.close()));
    await app.close();
    const left = [server, ...clients].map((each) => each.getStats());
    if (left.some(({ connections, inFlight }) => connections > 0 || inFlight > 0)) {
      throw new Error(`Left open after the test: ${JSON.stringify(left)}`);
    }
  }
  await assertNoOpenHandles();
}

/** What was logged since the test began, in place of the console. */
export const logged: string[] = [];

const record =
  (level: string) =>
  (message: unknown): void => {
    logged.push(`${level}: ${message instanceof Error ? message.message : String(message)}`);
  };

const silentLogger: LoggerService = {
  log: () => undefined,
  warn: record('warn'),
  error: record('error'),
};

/** Sends Nest's log to {@link logged}. For `beforeEach`. */
export function captureLog(): void {
  logged.length = 0;
  Logger.overrideLogger(silentLogger);
}

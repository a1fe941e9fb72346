import type { AddressInfo } from 'node:net';
import type { ConnectionOptions, TlsOptions } from 'node:tls';

import { defaultConnectionLimits } from '../../lib/connection/index.js';
import { builtInContract } from '../../lib/contract/index.js';
import { defaultCallLimits } from '../../lib/rpc/index.js';
import { Connector, type ConnectorOptions } from '../../lib/session/connector.js';
import {
  type Address,
  type ClientSession,
  defaultBackoff,
  defaultListenerLimits,
  defaultRetry,
  type RetryOptions,
  type ServedConnection,
  type SessionSource,
} from '../../lib/session/index.js';
import { Listener, type ListenerOptions } from '../../lib/session/listener.js';
import { Retries, type RetrySource } from '../../lib/session/retries.js';
import { FakeClock } from './fake-clock.js';
import { FakeHandler } from './fake-handler.js';
import { freePort } from './free-port.js';

const limits = { ...defaultConnectionLimits, ...defaultCallLimits, ...defaultListenerLimits };
const common = { contract: builtInContract(), limits, streamLimit: 1024 * 1024 };

/** What a test may change of a listener and of a connector. */
type ListenerChanges = Partial<Omit<ListenerOptions, 'handler' | 'limits' | 'onConnectionError' | 'tlsOptions'>> & {
  readonly limits?: Partial<ListenerOptions['limits']>;
  /** What is done with each connection. */
  readonly onServed?: (connection: ServedConnection) => void;
};
type ConnectorChanges = Partial<Omit<ConnectorOptions, 'address' | 'retries' | `on${string}`>> & {
  readonly retry?: RetryOptions | false;
};
const opened: (() => Promise<unknown>)[] = [];

/** A listener with a handler and a clock for the test to play with. */
export class TestListener {
  readonly handler = new FakeHandler();
  /** What is idempotent, on connections that come from then on. */
  idempotentRoutes: readonly string[] = [];
  readonly clock = new FakeClock();
  readonly connectionErrors: Error[] = [];
  readonly listener: Listener;

  constructor(
    tlsOptions?: TlsOptions,
    { limits: changed, onServed, ...changes }: ListenerChanges = {},
    random: () => number = () => 0.5,
  ) {
    this.listener = new Listener(
      {
        ...common,
        limits: { ...limits, ...changed },
        maxConnectionAge: 0,
        gracePeriod: 1_000,
        ...changes,
        tlsOptions,
        handler: (_, connection) => {
          connection.sayIdempotent(this.idempotentRoutes);
          onServed?.(connection);
          return this.handler;
        },
        onConnectionError: (error) => this.connectionErrors.push(error),
      },
      this.clock,
      random,
    );
    opened.push(() => this.listener.close(0));
  }

  get port(): number {
    return (this.listener.server.address() as AddressInfo).port;
  }

  async listen(address?: Address): Promise<this> {
    await this.listener.listen(address ?? { host: '127.0.0.1', port: await freePort() });
    return this;
  }
}

/** A connector that keeps what it says, with a clock for the test to play with. */
export class TestConnector {
  readonly clock = new FakeClock();
  readonly sessions: ClientSession[] = [];
  readonly closures: (Error | undefined)[] = [];
  sockets = 0;
  failures = 0;
  readonly connector: Connector;

  /** @param random By default attempts follow each other at once. */
  constructor(
    address: Address | number,
    { retry = defaultRetry, ...changes }: ConnectorChanges = {},
    random: () => number = () => 0,
  ) {
    const source: RetrySource = {
      callsMade: () => this.connector.callsMade,
      connectFor: (waiter) => this.connector.connectFor(waiter),
    };
    this.connector = new Connector(
      {
        ...common,
        address: typeof address === 'number' ? { host: '127.0.0.1', port: address } : address,
        connectTimeout: 0,
        reconnect: defaultBackoff,
        retries: retry ? new Retries(retry, source) : undefined,
        ...changes,
        onSocket: () => this.sockets++,
        onConnected: (session) => this.sessions.push(session),
        onFailed: () => this.failures++,
        onWaiting: () => undefined,
        onClosed: (cause) => this.closures.push(cause),
      },
      this.clock,
      random,
    );
    opened.push(() => this.connector.close(0));
  }
}

/** The connection that a call over `source` would have. */
export function sessionOf(source: SessionSource): Promise<ClientSession> {
  return new Promise((resolve, reject) => {
    source.connectFor({ isWanted: () => true, connected: resolve, failed: reject });
  });
}

/** Closes what was opened, the youngest first. For `afterEach`. */
export async function closeSessions(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

/** TLS by a key that both sides know, so that no test needs a certificate. */
const key = Buffer.from('a key for tests');
const psk = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;

export const pskServer: TlsOptions = { ...psk, pskCallback: () => key };
export const pskClient: ConnectionOptions = {
  ...psk,
  pskCallback: () => ({ identity: 'test', psk: key }),
  checkServerIdentity: () => undefined,
};

import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  connect as connectTls,
  type ConnectionOptions,
  createServer as createTlsServer,
  type TlsOptions,
} from 'node:tls';

import type { Address } from './address.js';
import { TCP_KEEPALIVE_DELAY } from './keepalive.js';

/** Where connections are made. */
export interface Network {
  /** As Node's `createServer` does. With `tlsOptions`, who has finished the handshake is handed to `onConnection`. */
  createServer(tlsOptions: TlsOptions | undefined, onConnection: (socket: Socket) => void): Server;

  /** Begins to connect, as Node's `connect` does. May throw for options that cannot be. */
  connect(address: Address, tlsOptions: ConnectionOptions | undefined): Socket;
}

/** A TLS handshake that takes longer is given up, in milliseconds; Node would wait for two minutes. */
const HANDSHAKE_TIMEOUT = 10_000;

const socketOptions = { keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_DELAY };

/** That of the machine. */
export const systemNetwork: Network = {
  createServer: (tlsOptions, onConnection) =>
    tlsOptions
      ? createTlsServer({ handshakeTimeout: HANDSHAKE_TIMEOUT, ...socketOptions, ...tlsOptions }, onConnection)
      : createServer(socketOptions, onConnection),

  connect: (address, tlsOptions) =>
    tlsOptions
      ? connectTls({ ...tlsOptions, ...socketOptions, ...address })
      : connect({ ...socketOptions, ...address }),
};

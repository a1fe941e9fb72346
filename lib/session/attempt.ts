import type { Socket } from 'node:net';
import type { ConnectionOptions as TlsConnectOptions } from 'node:tls';

import { ConnectFailedError } from '../errors/index.js';
import type { Clock } from '../rpc/index.js';
import type { Address } from './address.js';
import type { ClientSession } from './client-session.js';
import { established } from './established.js';
import { type Network, systemNetwork } from './network.js';

export interface AttemptOptions {
  readonly address: Address;
  /** Milliseconds until a connection must stand, TLS handshake and greeting included. 0: as long as it takes. */
  readonly connectTimeout: number;
  readonly network?: Network | undefined;
  readonly tlsOptions?: TlsConnectOptions | undefined;
  /**
   * Says what has to be said before calls flow, such as who this is. What it rejects with fails the connection. `lost`
   * rejects when there is nobody left to greet.
   */
  readonly greet?: ((session: ClientSession, lost: Promise<never>) => Promise<unknown>) | undefined;
}

/** Makes the session of a socket that is connected. It calls `closed` when that is over. */
type OpenSession = (socket: Socket, closed: (cause: Error | undefined) => void) => ClientSession;

/** One attempt to connect: a socket, and within its time a session that is ready for calls. */
export class Attempt {
  readonly socket: Socket;
  /** Rejects when the connection fails, is closed or not made in time, or with what the greeting does. */
  readonly session: Promise<ClientSession>;

  /** @throws what Node throws where it refuses the options. */
  constructor(
    private readonly options: AttemptOptions,
    private readonly clock: Clock,
    open: OpenSession,
  ) {
    const { address, network = systemNetwork, tlsOptions } = options;
    this.socket = network.connect(address, tlsOptions);
    const stopTimer = this.limitTime();
    this.session = established(this.socket, tlsOptions !== undefined)
      .then(() => this.greeted(open))
      .finally(stopTimer);
  }

  private limitTime(): () => void {
    const { connectTimeout } = this.options;
    if (connectTimeout === 0) return () => undefined;
    return this.clock.after(connectTimeout, () => {
      this.socket.destroy(new ConnectFailedError(`Could not connect within ${connectTimeout} ms`));
    });
  }

  private async greeted(open: OpenSession): Promise<ClientSession> {
    const { greet } = this.options;
    let lost!: (cause: Error) => void;
    const untilLost = new Promise<never>((_, reject) => (lost = reject));
    untilLost.catch(() => undefined);
    const session = open(this.socket, (cause) =>
      lost(cause ?? new ConnectFailedError('The server closed the connection before it was ready')),
    );
    try {
      if (greet) await Promise.race([greet(session, untilLost), untilLost]);
    } catch (error) {
      if (session.isGoingAway) return session;
      this.socket.destroy();
      throw error;
    }
    return session;
  }
}

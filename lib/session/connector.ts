import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsConnectOptions } from 'node:tls';

import type { ConnectionLimits } from '../connection/index.js';
import type { Contract } from '../contract/index.js';
import { ConnectFailedError } from '../errors/index.js';
import { type Clock, systemClock } from '../rpc/index.js';
import { type Address, textOf } from './address.js';
import { ClientSession } from './client-session.js';
import { TCP_KEEPALIVE_DELAY } from './keepalive.js';

export interface ConnectorOptions {
  readonly address: Address;
  readonly contract: Contract;
  readonly limits: ConnectionLimits;
  readonly streamLimit: number;
  /** Milliseconds until a connection must stand, TLS handshake and greeting included. 0: as long as it takes. */
  readonly connectTimeout: number;
  readonly tlsOptions?: TlsConnectOptions | undefined;
  /** Says what has to be said before calls flow, such as who this is. What it rejects with fails the connection. */
  readonly greet?: ((session: ClientSession) => Promise<unknown>) | undefined;
  /** A socket was made, before it connects. */
  readonly onSocket: (socket: Socket) => void;
  readonly onConnected: (session: ClientSession) => void;
  /** A connection could not be made; who asked for it is told why. */
  readonly onFailed: () => void;
  /** A connection that stood is gone. */
  readonly onClosed: (cause: Error | undefined) => void;
}

/**
 * ```
 *              connect()                  connected
 *        idle -----------> connecting ------------------> connected
 *         ^                    |  failed, or close()          |
 *         `--------------------'------------------------------'  lost, or close()
 * ```
 * A failure is told to those who waited for it and then forgotten: the next `connect()` tries anew.
 */
type State =
  | { is: 'idle' }
  | { is: 'connecting'; attempt: Promise<ClientSession>; socket: Socket }
  | { is: 'connected'; session: ClientSession };

/** Makes the connection of a client when it is first needed, and again when it was lost. */
export class Connector {
  private state: State = { is: 'idle' };
  /** All connections that are not closed yet: also those that are being given up. */
  private readonly sessions = new Set<ClientSession>();

  constructor(
    private readonly options: ConnectorOptions,
    private readonly clock: Clock = systemClock,
  ) {}

  /** The connection, while it stands. */
  get session(): ClientSession | undefined {
    return this.state.is === 'connected' && this.state.session.isOpen ? this.state.session : undefined;
  }

  get connectionCount(): number {
    return this.sessions.size;
  }

  get inFlightCount(): number {
    let count = 0;
    for (const { requester } of this.sessions) count += requester.inFlightCount;
    return count;
  }

  /** The socket, once there is one. */
  get socket(): Socket | undefined {
    if (this.state.is === 'connecting') return this.state.socket;
    return this.state.is === 'connected' ? this.state.session.socket : undefined;
  }

  /**
   * The connection that stands or, shared by all who ask meanwhile, the one that is being made.
   *
   * Rejects with a ConnectFailedError whose `cause` is the error of the socket.
   */
  connect(): Promise<ClientSession> {
    if (this.state.is === 'connecting') return this.state.attempt;
    const { session } = this;
    return session ? Promise.resolve(session) : this.attempt();
  }

  /**
   * Gives up a connection that is being made, and closes the one that stands once its calls have ended, `gracePeriod`
   * milliseconds at most. A later `connect()` makes a new one.
   */
  async close(gracePeriod: number): Promise<void> {
    if (this.state.is === 'connecting') {
      this.state.socket.destroy(new ConnectFailedError('The client was closed while it connected'));
    }
    this.state = { is: 'idle' };
    await Promise.all([...this.sessions].map((session) => session.close(gracePeriod)));
  }

  private attempt(): Promise<ClientSession> {
    let socket: Socket;
    try {
      socket = this.createSocket();
    } catch (error) {
      // Node refuses some options where others only fail to connect; who connects should not have to tell them apart.
      this.options.onFailed();
      return Promise.reject(this.failure(error));
    }
    const stopTimer = this.limitTimeOf(socket);
    const attempt: Promise<ClientSession> = this.established(socket)
      .then(() => this.greeted(socket))
      .finally(stopTimer)
      .then(
        (session) => this.connected(session, attempt),
        (error: unknown) => {
          if (this.isCurrent(attempt)) this.state = { is: 'idle' };
          this.options.onFailed();
          throw this.failure(error);
        },
      );
    this.state = { is: 'connecting', attempt, socket };
    this.options.onSocket(socket);
    return attempt;
  }

  private failure(cause: unknown): ConnectFailedError {
    if (cause instanceof ConnectFailedError) return cause;
    return new ConnectFailedError(`Could not connect to ${textOf(this.options.address)}`, cause);
  }

  private createSocket(): Socket {
    const { address, tlsOptions } = this.options;
    const socketOptions = { keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_DELAY, ...address };
    return tlsOptions ? connectTls({ ...tlsOptions, ...socketOptions }) : connectSocket(socketOptions);
  }

  private limitTimeOf(socket: Socket): () => void {
    const { connectTimeout } = this.options;
    if (connectTimeout === 0) return () => undefined;
    return this.clock.after(connectTimeout, () => {
      socket.destroy(new ConnectFailedError(`Could not connect within ${connectTimeout} ms`));
    });
  }

  private established(socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        socket.off('error', failed);
        socket.off('close', closed);
        outcome();
      };
      const failed = (error: Error): void => settle(() => reject(error));
      const closed = (): void => settle(() => reject(new ConnectFailedError('The connection was closed at once')));
      socket.once(this.options.tlsOptions ? 'secureConnect' : 'connect', () => settle(resolve));
      socket.on('error', failed);
      // A socket may fail twice; the second time there is nobody left to be told, and Node would end the process.
      socket.on('error', () => undefined);
      socket.on('close', closed);
    });
  }

  /** Makes a session that is ready for calls. */
  private async greeted(socket: Socket): Promise<ClientSession> {
    const { contract, greet, limits, streamLimit } = this.options;
    let lost!: (cause: Error) => void;
    const untilLost = new Promise<never>((_, reject) => (lost = reject));
    untilLost.catch(() => undefined);
    const session = new ClientSession(socket, contract, limits, streamLimit, this.clock, (closed, cause) => {
      this.sessionClosed(closed, cause);
      lost(cause ?? new ConnectFailedError('The server closed the connection before it was ready'));
    });
    this.sessions.add(session);
    try {
      if (greet) await Promise.race([greet(session), untilLost]);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return session;
  }

  private connected(session: ClientSession, attempt: Promise<ClientSession>): ClientSession {
    if (!this.isCurrent(attempt)) {
      session.socket.destroy();
      throw new ConnectFailedError('The client was closed while it connected');
    }
    session.isReady = true;
    this.state = { is: 'connected', session };
    this.options.onConnected(session);
    return session;
  }

  private sessionClosed(session: ClientSession, cause: Error | undefined): void {
    this.sessions.delete(session);
    // One that was replaced has nothing to say about the one that stands, nor one that never stood.
    if (this.state.is === 'connected' && this.state.session === session) this.state = { is: 'idle' };
    if (session.isReady && this.state.is === 'idle') this.options.onClosed(cause);
  }

  private isCurrent(attempt: Promise<ClientSession>): boolean {
    return this.state.is === 'connecting' && this.state.attempt === attempt;
  }
}

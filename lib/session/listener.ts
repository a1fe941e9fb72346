import type { Server as NetServer, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';

import { type ConnectionLimits, SendQueues } from '../connection/index.js';
import { type CallLimits, type Clock, systemClock } from '../rpc/index.js';
import type { Address } from './address.js';
import { Admission } from './admission.js';
import type { ListenerLimits } from './limits.js';
import { type Network, systemNetwork } from './network.js';
import { ServerSession, type ServerSessionOptions } from './server-session.js';
import { within } from './within.js';

/** So many connections wait in the kernel at most, as Node asks it to. */
const MAX_BACKLOG = 511;

/** How long TLS handshakes may go on while the server closes, in milliseconds. */
const LAST_HANDSHAKES = 1_000;

export interface ListenerOptions extends ServerSessionOptions {
  readonly limits: ConnectionLimits & CallLimits & ListenerLimits;
  readonly network?: Network | undefined;
  readonly tlsOptions?: TlsOptions | undefined;
  /** Shares the port with other processes that do so too; the kernel gives each connection to one of them. */
  readonly reusePort?: boolean;
  /** A connection was lost for a reason worth knowing, or not let in. */
  readonly onConnectionError: (error: Error, socket: Socket) => void;
}

/** Accepts connections, and closes them all in good order. */
export class Listener {
  /** Node's own server, for its events and settings. */
  readonly server: NetServer;
  private readonly sessions = new Set<ServerSession>();
  /** All that were accepted and are not closed; those that have not finished their TLS handshake are in no session. */
  private readonly sockets = new Set<Socket>();
  private readonly admission: Admission;
  private readonly queues: SendQueues;
  /** How many connections came. */
  private arrivals = 0;
  private starting = false;
  private closing: Promise<void> | undefined;
  /** What becomes of a connection whose TLS handshake ends while the server closes. */
  private leave: ((session: ServerSession) => void) | undefined;

  /** @param random from 0 up to, and without, 1: what the ages of connections are drawn with. */
  constructor(
    private readonly options: ListenerOptions,
    private readonly clock: Clock = systemClock,
    private readonly random: () => number = Math.random,
  ) {
    this.admission = new Admission(options.limits);
    this.queues = new SendQueues(options.limits.maxTotalSendBufferSize);
    const { network = systemNetwork, tlsOptions } = options;
    this.server = network.createServer(tlsOptions, (socket) => this.accept(socket));
    // Before Node's own listener, which begins the TLS handshake.
    this.server.prependListener('connection', (socket: Socket) => this.admit(socket));
    // Node tells of a handshake that took too long, and leaves its socket open.
    this.server.on('tlsClientError', (_: Error, socket: Socket) => socket.destroy());
  }

  /** Whether it listens, or is about to. */
  get isUp(): boolean {
    return (this.starting || this.server.listening) && this.closing === undefined;
  }

  get connectionCount(): number {
    let count = 0;
    for (const { isOpen } of this.sessions) if (isOpen) count++;
    return count;
  }

  get inFlightCount(): number {
    let count = 0;
    for (const { responder } of this.sessions) count += responder.inFlightCount;
    return count;
  }

  /**
   * Rejects with the error of the server, such as EADDRINUSE, or ERR_SERVER_ALREADY_LISTEN; with ERR_SERVER_NOT_RUNNING when
   * it is closed while it looks up its host.
   */
  async listen(address: Address): Promise<void> {
    const { server } = this;
    const { reusePort } = this.options;
    let failed!: (error: Error) => void;
    const closed = (): void => failed(closedTooSoon());
    this.starting = true;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (failed = reject));
        server.once('close', closed);
        server.listen(reusePort ? { ...address, reusePort } : address, resolve);
      });
    } finally {
      server.off('error', failed);
      server.off('close', closed);
      this.starting = false;
    }
  }

  /**
   * Lets in who waits in the kernel, one in each turn of the event loop, as Node does. When the port is closed they are
   * reset, with the calls that they have made already.
   */
  async emptyBacklog(): Promise<void> {
    for (let taken = 0; this.isUp && taken < MAX_BACKLOG; taken++) {
      const before = this.arrivals;
      // This turn may have looked for connections before they came.
      await this.clock.turn();
      await this.clock.turn();
      if (this.arrivals === before) return;
    }
  }

  /**
   * Accepts no more connections and no more calls, says so on each connection, gives the calls in flight `gracePeriod`
   * milliseconds to end, and closes all connections. A second call waits for the same end.
   */
  close(gracePeriod: number): Promise<void> {
    this.closing ??= this.closeAll(gracePeriod);
    return this.closing;
  }

  private async closeAll(gracePeriod: number): Promise<void> {
    const serverClosed = new Promise<void>((resolve) => {
      // Its error says that it was not listening, which is what is wanted.
      this.server.close(() => resolve());
    });
    const end = this.clock.now() + gracePeriod;
    const closed: Promise<void>[] = [];
    this.leave = (session) => closed.push(session.close(Math.max(end - this.clock.now(), 0)));
    this.sessions.forEach(this.leave);
    // A client sends its first calls with the end of its handshake. They are to be refused, and not cut.
    if (gracePeriod > 0) await within(Math.min(gracePeriod, LAST_HANDSHAKES), serverClosed, this.clock);
    this.leave = undefined;
    await Promise.all(closed);
    // Peers that are still busy with their handshake have nothing in flight that they could lose.
    for (const socket of this.sockets) socket.destroy();
    await serverClosed;
  }

  private admit(socket: Socket): void {
    this.arrivals++;
    const leave = this.admission.admit(socket.remoteAddress);
    if (leave instanceof Error) {
      socket.destroy();
      this.options.onConnectionError(leave, socket);
      return;
    }
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      leave();
    });
  }

  private accept(socket: Socket): void {
    // It was not let in; or its handshake has ended too late.
    if (socket.destroyed || (this.closing && !this.leave)) {
      socket.destroy();
      return;
    }
    const { onConnectionError } = this.options;
    const session = new ServerSession(socket, this.options, this.queues, this.clock, this.random, (closed, cause) => {
      // Handlers of events outlive their connection, and close() waits for them as well.
      void closed.responder.drain().then(() => this.sessions.delete(closed));
      if (cause) onConnectionError(cause, socket);
    });
    this.sessions.add(session);
    this.leave?.(session);
  }
}

/** Node itself says nothing then. */
function closedTooSoon(): Error {
  return Object.assign(new Error('The server was closed before it listened'), { code: 'ERR_SERVER_NOT_RUNNING' });
}

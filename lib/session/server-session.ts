import type { Socket } from 'node:net';

import { Connection, type ConnectionLimits, type Receiver, type SendQueues } from '../connection/index.js';
import type { Message } from '../contract/index.js';
import { type CallHandler, type CallLimits, type Clock, RequestNumbers, Responder } from '../rpc/index.js';
import { ControlCode } from '../wire/index.js';
import { Peer, type PeerOptions } from './peer.js';
import { within } from './within.js';

/** What those who answer the calls of a connection may do with it. */
export interface ServedConnection {
  /** Closes it, once what was sent has left. */
  end(): void;
  /** Closes it for the reason that `why` answers, when it has stood so many milliseconds; the answered function calls it off. */
  closeAfter(timeout: number, why: () => Error): () => void;
  /** Tells the client, if it knows of that, that these routes may be called again when their connection was lost. */
  sayIdempotent(routes: readonly string[]): void;
}

/** Makes what answers the calls of one connection. */
export type MakeHandler = (socket: Socket, connection: ServedConnection) => CallHandler;

export interface ServerSessionOptions extends PeerOptions {
  readonly limits: ConnectionLimits & CallLimits;
  readonly streamLimit: number;
  readonly handler: MakeHandler;
  /** Milliseconds until a connection is closed in good order, give or take a tenth. 0: never. */
  readonly maxConnectionAge: number;
  /** Milliseconds that a connection of that age gives its calls to end. */
  readonly gracePeriod: number;
}

/** The part of its age by which a connection may end earlier or later: those that began together do not end together. */
const AGE_JITTER = 0.1;

/** How long the first words of a client may be underway that has only just connected, in milliseconds. */
const INTRODUCTION = 1_000;

/** One accepted connection and the calls on it. */
export class ServerSession implements Receiver, ServedConnection {
  readonly responder: Responder;
  readonly awaited = 0;
  private readonly connection: Connection;
  private readonly peer: Peer;
  private readonly numbers: RequestNumbers | undefined;
  private readonly whenClosed: Promise<void>;
  private resolveClosed!: () => void;
  private readonly stopAging: (() => void) | undefined;
  private stopClosing: (() => void) | undefined;

  constructor(
    socket: Socket,
    options: ServerSessionOptions,
    queues: SendQueues,
    private readonly clock: Clock,
    random: () => number,
    private readonly onClosed: (session: ServerSession, cause: Error | undefined) => void,
  ) {
    const { contract, gracePeriod, handler, limits, maxConnectionAge, streamLimit } = options;
    this.connection = new Connection(socket, contract.requests, contract.replies, limits, queues);
    this.numbers = contract.withoutIds ? new RequestNumbers() : undefined;
    const peerEvents = {
      isBusy: () => this.responder.inFlightCount > 0,
      // Clients say no such things.
      goingAway: () => undefined,
      idempotent: () => undefined,
      spoken: () => undefined,
    };
    this.peer = new Peer(this.connection, options, peerEvents, clock);
    this.responder = new Responder(this.connection, handler(socket, this), streamLimit, clock, contract, limits);
    this.whenClosed = new Promise((resolve) => (this.resolveClosed = resolve));
    this.connection.start(this, { answers: true });
    if (maxConnectionAge === 0) return;
    const age = maxConnectionAge * (1 + AGE_JITTER * (2 * random() - 1));
    this.stopAging = clock.after(age, () => void this.close(gracePeriod));
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  receive(message: Message, length: number): void {
    if (message.code !== ControlCode.Normal && this.peer.hears(message)) return;
    this.responder.receive(this.numbers ? this.numbers.name(message) : message, length);
  }

  /** Only the decoders of replies ask. */
  routeOf(): undefined {
    return undefined;
  }

  roomAgain(): void {
    this.responder.roomAgain();
  }

  closed(cause: Error | undefined): void {
    this.stopAging?.();
    this.stopClosing?.();
    this.peer.closed();
    this.resolveClosed();
    this.responder.closed(cause);
    this.onClosed(this, cause);
  }

  end(): void {
    void this.connection.end();
  }

  closeAfter(timeout: number, why: () => Error): () => void {
    return (this.stopClosing = this.clock.after(timeout, () => this.connection.destroy(why())));
  }

  sayIdempotent(routes: readonly string[]): void {
    this.peer.sayIdempotent(routes);
  }

  /**
   * Says that it goes away, refuses new calls, gives those in flight `gracePeriod` milliseconds to end, and closes. A
   * client that knows what that means closes the connection itself, so that no request of it is lost underway.
   */
  async close(gracePeriod: number): Promise<void> {
    const drained = this.responder.drain();
    this.peer.sayGoingAway();
    if (gracePeriod > 0) await within(gracePeriod, this.over(drained), this.clock);
    if (this.responder.inFlightCount > 0) this.connection.destroy();
    await this.connection.end();
  }

  private async over(drained: Promise<void>): Promise<void> {
    await within(INTRODUCTION, this.peer.known(), this.clock);
    await (this.peer.isKnown ? Promise.all([drained, this.whenClosed]) : drained);
  }
}

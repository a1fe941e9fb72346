import type { Socket } from 'node:net';

import { Connection, type ConnectionLimits, type Receiver } from '../connection/index.js';
import type { Message } from '../contract/index.js';
import { type Clock, IdempotentRoutes, ReplyNumbers, Requester } from '../rpc/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import { Peer, type PeerOptions } from './peer.js';
import { type Queue, Standstill } from './standstill.js';
import { within } from './within.js';

export interface ClientSessionOptions extends PeerOptions {
  readonly limits: ConnectionLimits;
  readonly streamLimit: number;
}

/** Who is told of the end of a session. */
export interface ClientSessionEvents {
  /** No more calls are made here. Those in flight go on, and then the session closes by itself. */
  goingAway(session: ClientSession): void;
  /** The connection is gone. To tell the calls on it, by {@link Requester.closed}, is left to who hears this. */
  closed(session: ClientSession, cause: Error | undefined): void;
}

/** One connection to a server and the calls on it. */
export class ClientSession implements Receiver {
  readonly requester: Requester;
  /** It has been greeted, and calls may use it. */
  isReady = false;
  /** No more calls are made here: the server takes none, or there are no more ids. */
  isGoingAway = false;
  /** This side closes it, and wants no new calls on it, nor a connection in its place. */
  isGivenUp = false;
  private readonly connection: Connection;
  private readonly peer: Peer;
  private readonly numbers: ReplyNumbers | undefined;
  private readonly standstill: Standstill | undefined;

  /** @param last what the server said on the connection before. */
  constructor(
    readonly socket: Socket,
    options: ClientSessionOptions,
    private readonly clock: Clock,
    private readonly events: ClientSessionEvents,
    last?: IdempotentRoutes,
  ) {
    const { contract, limits, streamLimit } = options;
    this.connection = new Connection(socket, contract.replies, contract.requests, limits);
    this.numbers = contract.withoutIds ? new ReplyNumbers(this.connection) : undefined;
    const routes = new IdempotentRoutes(last);
    this.requester = new Requester(this.numbers ?? this.connection, streamLimit, clock, routes, contract.maxId);
    this.requester.onLastId = () => this.goAway();
    const peerEvents = {
      isBusy: () => this.requester.inFlightCount > 0,
      goingAway: () => this.goAway(),
      idempotent: (route: string) => routes.add(route),
      spoken: () => routes.spoken(),
    };
    this.peer = new Peer(this.connection, options, peerEvents, clock);
    if (this.numbers && options.keepalive) this.standstill = this.watch(this.numbers, options.keepalive.timeout);
    this.connection.start(this, { answers: false });
    this.peer.hello();
  }

  get awaited(): number {
    return this.requester.inFlightCount;
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  receive(message: Message): void {
    if (message.code !== ControlCode.Normal && this.peer.hears(message)) return;
    this.requester.receive(this.numbers ? this.numbers.name(message) : message);
  }

  routeOf(id: MessageId): string | undefined {
    return this.numbers ? this.numbers.headRoute : this.requester.routeOf(id);
  }

  roomAgain(): void {
    this.requester.roomAgain();
  }

  closed(cause: Error | undefined): void {
    this.peer.closed();
    this.standstill?.stop();
    this.events.closed(this, cause);
  }

  /** Gives the calls in flight `gracePeriod` milliseconds to end, and closes. */
  async close(gracePeriod: number): Promise<void> {
    this.isGivenUp = true;
    // Not even for calls that could go on.
    this.requester.onHandedBack = undefined;
    if (gracePeriod > 0) await within(gracePeriod, this.requester.idle(), this.clock);
    if (this.requester.inFlightCount > 0) this.connection.destroy();
    await this.connection.end();
  }

  private watch(numbers: ReplyNumbers, timeout: number): Standstill {
    const { clock, connection, requester } = this;
    const queue: Queue = {
      get head() {
        return numbers.head;
      },
      isAwaited: (id) => requester.routeOf(id) !== undefined,
      lost: (cause) => connection.destroy(cause),
    };
    const standstill = new Standstill(timeout, queue, clock);
    numbers.onGivenUp = () => standstill.watch();
    return standstill;
  }

  private goAway(): void {
    if (this.isGoingAway) return;
    this.isGoingAway = true;
    this.events.goingAway(this);
    // A server that goes away waits for this FIN: it says that no request is underway any more.
    void this.requester.idle().then(() => this.connection.end());
  }
}

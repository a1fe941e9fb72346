import type { Socket } from 'node:net';

import type { Connection } from '../connection/index.js';
import {
  type Contract,
  GOING_AWAY,
  idempotentRoute,
  isOfConnection,
  type Message,
  PING,
  PONG,
} from '../contract/index.js';
import type { Clock } from '../rpc/index.js';
import { ControlCode } from '../wire/index.js';
import { Keepalive, type KeepaliveOptions } from './keepalive.js';
import { LifeSigns } from './life-signs.js';

export interface PeerOptions {
  readonly contract: Contract;
  /** Without it, no peer is asked whether it lives. */
  readonly keepalive?: KeepaliveOptions | undefined;
}

/** What a session is told of its connection. */
export interface PeerEvents {
  /** Whether calls are in flight. */
  isBusy(): boolean;
  /** The peer takes no more calls. */
  goingAway(): void;
  /** To run the peer's handler of `route` twice is as good as once. */
  idempotent(route: string): void;
  /** The peer has shown that it knows these messages. What it has to say at once came before. */
  spoken(): void;
}

/**
 * What the two sides of a connection tell each other about it: pings, that one goes away, and which of its handlers are
 * idempotent. Where the contract has no messages for that, nothing is said.
 */
export class Peer {
  /** It has shown that it knows these messages. Of one that has not, no answer can be expected. */
  isKnown = false;
  private resolveKnown: (() => void) | undefined;
  private saidGoingAway = false;
  /** What is to be said, and was not yet. */
  private idempotentRoutes: readonly string[] | undefined;
  private saidIdempotent = false;
  private readonly hasMessages: boolean;
  private readonly keepalive: Keepalive | undefined;

  constructor(
    private readonly connection: Connection,
    { contract, keepalive }: PeerOptions,
    private readonly events: PeerEvents,
    clock: Clock,
  ) {
    this.hasMessages = contract.hasConnectionMessages === true;
    const { socket } = connection;
    this.keepalive = keepalive && this.hasMessages ? this.watch(keepalive, socket, clock) : undefined;
  }

  /** Says that this side knows these messages, and asks whether the peer does. */
  hello(): void {
    if (this.hasMessages) this.connection.send(PING);
  }

  sayGoingAway(): void {
    if (!this.hasMessages || this.saidGoingAway || !this.connection.isOpen) return;
    this.saidGoingAway = true;
    this.connection.send(GOING_AWAY);
  }

  /** Says which routes are idempotent, once the peer knows these messages: any other would only skip them. */
  sayIdempotent(routes: readonly string[]): void {
    if (this.saidIdempotent) return;
    this.idempotentRoutes = routes;
    if (this.isKnown) this.introduce();
  }

  /** Takes `message` if it is about the connection, and answers whether it is. */
  hears(message: Message): boolean {
    if (!this.hasMessages || !isOfConnection(message)) return false;
    if (message.code === ControlCode.End) this.events.goingAway();
    else if (message.route !== undefined) this.events.idempotent(message.route);
    else this.pinged(message.event === true);
    return true;
  }

  /** Resolves when it is known: at once, if it is, and for one that has begun otherwise. */
  known(): Promise<void> {
    return new Promise((resolve) => {
      // A peer that knows these messages says so first of all.
      if (this.isKnown || !this.hasMessages || this.connection.socket.bytesRead > 0) resolve();
      else this.resolveKnown = resolve;
    });
  }

  closed(): void {
    this.keepalive?.stop();
    this.resolveKnown?.();
  }

  private pinged(asksForAnswer: boolean): void {
    this.isKnown = true;
    this.resolveKnown?.();
    this.events.spoken();
    this.keepalive?.start();
    // A client asks first of all, so it hears this before any reply.
    if (this.idempotentRoutes) this.introduce();
    // A peer that asks without end and does not read would fill this side's memory with the answers.
    if (asksForAnswer && this.connection.hasRoom) this.connection.send(PONG);
  }

  private introduce(): void {
    const routes = this.idempotentRoutes ?? [];
    this.idempotentRoutes = undefined;
    this.saidIdempotent = true;
    for (const route of routes) {
      try {
        this.connection.send(idempotentRoute(route));
      } catch {
        // Too long for a message here, or a contract without a place for it. Its calls are not made again, which is safe.
      }
    }
  }

  private watch(options: KeepaliveOptions, socket: Socket, clock: Clock): Keepalive {
    const signs = new LifeSigns(socket);
    return new Keepalive(
      options,
      {
        sawLife: () => signs.seen,
        isBusy: () => this.events.isBusy(),
        ping: () => void this.connection.send(PING),
        lost: (cause) => this.connection.destroy(cause),
      },
      clock,
    );
  }
}

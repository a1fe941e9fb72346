import type { Message } from '../../lib/contract/index.js';
import { type CallHandler, type CallLimits, defaultCallLimits, Requester, Responder } from '../../lib/rpc/index.js';
import { FakeClock } from './fake-clock.js';
import { FakeLink } from './fake-link.js';

interface Underway {
  readonly message: Message;
  readonly length: number;
}

const STREAM_LIMIT = 1024 * 1024;

/** A requester and a responder, back to back: what one sends is underway until the test lets it arrive. */
export class Wired {
  readonly clock = new FakeClock();
  readonly clientLink = new FakeLink();
  readonly serverLink = new FakeLink();
  readonly requester = new Requester(this.clientLink, STREAM_LIMIT, this.clock);
  readonly responder: Responder;
  private readonly toServer: Underway[] = [];
  private readonly toClient: Underway[] = [];

  constructor(handler: CallHandler, limits: Partial<CallLimits> = {}) {
    this.responder = new Responder(
      this.serverLink,
      handler,
      STREAM_LIMIT,
      this.clock,
      {},
      { ...defaultCallLimits, ...limits },
    );
    this.clientLink.deliver = (message, length) => this.toServer.push({ message, length });
    this.serverLink.deliver = (message, length) => this.toClient.push({ message, length });
  }

  /** Lets the oldest message that is underway to the server arrive. */
  serverReceives(): boolean {
    const next = this.toServer.shift();
    if (next) this.responder.receive(next.message, next.length);
    return next !== undefined;
  }

  /** Lets the oldest message that is underway to the client arrive. */
  clientReceives(): boolean {
    const next = this.toClient.shift();
    if (next) this.requester.receive(next.message);
    return next !== undefined;
  }

  /** Lets all arrive, and what it brings about. */
  deliverAll(): void {
    while (this.serverReceives() || this.clientReceives());
  }

  /** Cuts the connection: what is underway is lost. */
  drop(cause?: Error): void {
    this.toServer.length = 0;
    this.toClient.length = 0;
    this.requester.closed(cause);
    this.responder.closed(cause);
  }
}

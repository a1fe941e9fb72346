import type { Message } from '../../lib/contract/index.js';
import { type CallHandler, ReplyNumbers, Requester, RequestNumbers, Responder } from '../../lib/rpc/index.js';
import { FakeClock } from './fake-clock.js';
import { FakeLink } from './fake-link.js';

const STREAM_LIMIT = 1024 * 1024;
const MAX_LENGTH = 10_000;

/** A requester and a responder, back to back as their sessions would put them, over a wire that loses every id. */
export class WiredWithoutIds {
  readonly clock = new FakeClock();
  readonly clientLink = new FakeLink(MAX_LENGTH);
  readonly serverLink = new FakeLink(MAX_LENGTH);
  readonly replyNumbers = new ReplyNumbers(this.clientLink);
  readonly requester = new Requester(this.replyNumbers, STREAM_LIMIT, this.clock);
  readonly responder: Responder;
  private readonly requestNumbers = new RequestNumbers();
  private readonly toServer: Message[] = [];
  private readonly toClient: Message[] = [];

  /** @param streams the routes that have more than one reply. */
  constructor(handler: CallHandler, streams: readonly string[] = []) {
    this.responder = new Responder(this.serverLink, handler, STREAM_LIMIT, this.clock, {
      withoutIds: true,
      isUnary: (route) => !streams.includes(route),
    });
    this.clientLink.deliver = (message) => this.toServer.push({ ...message, id: 0 });
    this.serverLink.deliver = (message) => this.toClient.push({ ...message, id: 0 });
  }

  /** A request as the server's codec would hand it over. */
  request(message: Partial<Message>): void {
    this.responder.receive(this.requestNumbers.name({ id: 0, code: 0, ...message }), 10);
  }

  /** A reply as the client's codec would hand it over. */
  reply(message: Partial<Message>): void {
    this.requester.receive(this.replyNumbers.name({ id: 0, code: 0, ...message }));
  }

  serverReceives(): boolean {
    const next = this.toServer.shift();
    if (next) this.request(next);
    return next !== undefined;
  }

  clientReceives(): boolean {
    const next = this.toClient.shift();
    if (next) this.reply(next);
    return next !== undefined;
  }

  /** Lets all that is underway arrive, and what it brings about. */
  deliverAll(): void {
    while (this.serverReceives() || this.clientReceives());
  }
}

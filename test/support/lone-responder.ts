import type { Message } from '../../lib/contract/index.js';
import { type ReplyOrder, Responder, type ServerCall } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from './fake-clock.js';
import { FakeHandler } from './fake-handler.js';
import { FakeLink } from './fake-link.js';

/** In bytes, of what a stream may have waiting. */
export const STREAM_LIMIT = 1_000;

/** A responder alone, between a link and a handler that are the test's. */
export class LoneResponder {
  readonly link = new FakeLink();
  readonly clock = new FakeClock();
  readonly handler: FakeHandler;
  readonly responder: Responder;
  private lastId = 0;

  constructor(order: ReplyOrder = 'concurrent') {
    this.handler = new FakeHandler(order);
    this.responder = new Responder(this.link, this.handler, STREAM_LIMIT, this.clock);
  }

  receive(message: Partial<Message>, length = 10): void {
    this.responder.receive({ id: 1, code: ControlCode.Normal, ...message }, length);
  }

  /** Begins a call, and answers it if it was started. */
  call(message: Partial<Message> = {}): ServerCall | undefined {
    const before = this.handler.started.length;
    this.receive({ id: ++this.lastId, route: 'r', ...message });
    return this.handler.started[before];
  }
}

/** The reasons with which the handler's part of `call` is over, as they come: one at most. */
export function reasonsOf(call: ServerCall): unknown[] {
  const reasons: unknown[] = [];
  call.onClosed = (reason) => reasons.push(reason);
  return reasons;
}

import { HANDLER_FAILED, ProtosocketError, statusOf } from '../../lib/errors/index.js';
import type { CallHandler, Ordering, ReplyOrder, ServerCall } from '../../lib/rpc/index.js';

/** Stands in for Nest: keeps the calls that were started, for a test to answer. */
export class FakeHandler implements CallHandler {
  readonly started: ServerCall[] = [];
  /** The routes of events that were not taken, and why. */
  readonly droppedEvents: [route: string, error: ProtosocketError][] = [];
  /** The routes of replies that could not be sent, and why. */
  readonly unsentReplies: [route: string, error: ProtosocketError][] = [];
  /** What to do with a call beside keeping it. */
  work: (call: ServerCall) => void = () => undefined;

  /** @param order of all calls, or of those of a route. */
  constructor(private readonly order: ReplyOrder | ((route: string) => Ordering) = 'concurrent') {}

  handle(call: ServerCall): void {
    this.started.push(call);
    this.work(call);
  }

  fail(call: ServerCall, error: unknown): void {
    if (error instanceof ProtosocketError) call.failWith(statusOf(error));
    else call.failWith({ code: HANDLER_FAILED, message: 'It threw', details: error });
  }

  dropped(route: string, error: ProtosocketError): void {
    this.droppedEvents.push([route, error]);
  }

  unsent(route: string, error: ProtosocketError): void {
    this.unsentReplies.push([route, error]);
  }

  orderOf(call: ServerCall): Ordering {
    return typeof this.order === 'function' ? this.order(call.route) : { order: this.order, scope: 'server' };
  }
}

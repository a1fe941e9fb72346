import { DeadlineExceededError, HANDLER_FAILED, type ProtosocketError, statusOf } from '../../lib/errors/index.js';
import type { CallHandler, Ordering, ReplyOrder, ServerCall } from '../../lib/rpc/index.js';
import type { Random } from '../../lib/testing/random.js';
import type { VirtualTime } from './virtual-time.js';

/** What a call asks for. */
export interface Task {
  /** Which call it is, of all there are. */
  readonly number: number;
  /** Of a stream. */
  readonly count: number;
  readonly padding: string;
}

/** The handlers that say of themselves that they may run twice. */
export const IDEMPOTENT_ROUTES: readonly string[] = ['lookup', 'watch'];

/** How long a handler may take for a step of its work, in milliseconds. */
const MAX_STEP = 60;

/** The application of the simulation: every handler does what its route is called, and takes its time. */
export class Service implements CallHandler {
  /** How often each call was begun. */
  readonly executed = new Map<number, number>();
  /** Events that were begun and not seen through. */
  readonly cutEvents: number[] = [];
  /** Handlers that have not come to their end. */
  working = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly order: ReplyOrder,
  ) {}

  handle(call: ServerCall): void {
    const requests = call.requests;
    const task = (requests ? undefined : call.body) as Task | undefined;
    if (task) this.begun(task.number);
    this.working++;
    let stopTimer: (() => void) | undefined;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      this.working--;
      stopTimer?.();
      call.settled();
    };
    const later = (run: () => void): void => {
      stopTimer = this.time.after(this.random.below(MAX_STEP), run);
    };
    call.onClosed = (reason): void => {
      // A deadline is its caller's own wish.
      const isCut = reason && !(reason instanceof DeadlineExceededError);
      if (isCut && call.event) this.cutEvents.push(task!.number);
      over();
    };
    switch (call.route) {
      case 'unary':
      case 'lookup':
        later(() => call.reply(task));
        return;
      case 'stream':
      case 'watch': {
        let sent = 0;
        const step = (): void => {
          if (sent === task!.count) {
            call.end();
            return;
          }
          call.next(sent++);
          later(step);
        };
        later(step);
        return;
      }
      case 'upload': {
        const items: unknown[] = [];
        requests!.attach({
          next: (item) => items.push(item),
          end: () => later(() => call.reply(items)),
          fail: () => undefined,
        });
        return;
      }
      case 'event':
        call.acknowledge();
        later(() => call.done());
        return;
      case 'fail':
        later(() => call.failWith({ code: HANDLER_FAILED, message: 'no', details: task }));
        return;
      // Nothing is heard of it, until it is cut short.
      case 'hang':
        return;
      default:
        throw new Error(`There is no route ${call.route}`);
    }
  }

  fail(call: ServerCall, error: unknown): void {
    call.failWith(statusOf(error as ProtosocketError));
  }

  orderOf(): Ordering {
    return { order: this.order, scope: 'server' };
  }

  dropped(): void {
    return undefined;
  }

  unsent(): void {
    return undefined;
  }

  private begun(number: number): void {
    this.executed.set(number, (this.executed.get(number) ?? 0) + 1);
  }
}

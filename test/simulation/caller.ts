import {
  CancelledError,
  ConnectFailedError,
  ConnectionLostError,
  DeadlineExceededError,
  ResourceExhaustedError,
  UnavailableError,
} from '../../lib/errors/index.js';
import type { OutgoingStream } from '../../lib/rpc/index.js';
import { openCall, type SessionSource } from '../../lib/session/index.js';
import type { Random } from '../../lib/testing/random.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { IDEMPOTENT_ROUTES, type Task } from './service.js';
import type { VirtualTime } from './virtual-time.js';

type Route = 'unary' | 'lookup' | 'stream' | 'watch' | 'upload' | 'event' | 'fail' | 'hang';

/** Calls of a client that knows what it does, none of which a restart may lose; or any. */
export type Manners = 'calm' | 'any';

const routes: Record<Manners, readonly Route[]> = {
  // What has begun to stream up cannot be sent again.
  calm: ['unary', 'lookup', 'stream', 'event', 'fail'],
  any: ['unary', 'lookup', 'stream', 'watch', 'upload', 'event', 'fail', 'hang'],
};

/** Larger payloads find the network full. */
const PADDING = 3_000;

/** One call of the simulation: what it asked for, what came of it, and what may have. */
export class SimulatedCall {
  readonly route: Route;
  readonly reply = new RecordedReply();
  readonly task: Task;
  /** What its record says, if it says anything. */
  private readonly idempotent: boolean | undefined;
  private readonly timeout: number | undefined;
  private cancelledAfter: number | undefined;
  private handle: { cancel(): void } | undefined;

  constructor(
    number: number,
    private readonly manners: Manners,
    private readonly random: Random,
    private readonly time: VirtualTime,
  ) {
    const of = routes[manners];
    this.route = of[random.below(of.length)]!;
    const padding = random.below(4) === 0 ? 'x'.repeat(random.below(PADDING)) : '';
    this.task = { number, count: random.below(12), padding };
    this.idempotent = [true, false, undefined, undefined][random.below(4)];
    this.timeout = manners === 'any' && random.below(3) === 0 ? 1 + random.below(1_500) : undefined;
  }

  get isOver(): boolean {
    return this.reply.ends.length > 0 || this.cancelledAfter !== undefined;
  }

  /** Only the handler has said that it may run twice. */
  get isMarked(): boolean {
    return this.idempotent === undefined && IDEMPOTENT_ROUTES.includes(this.route);
  }

  start(source: SessionSource): void {
    const { idempotent, manners, random, route, task, time, timeout } = this;
    const more = route === 'upload';
    const options = {
      event: route === 'event',
      timeout,
      idempotent,
      waitForReady: manners === 'calm' || random.below(2) === 0,
      feed: more ? (stream: OutgoingStream) => this.feed(stream) : undefined,
    };
    this.handle = openCall(source, { route, body: more ? undefined : task, options }, this.reply, time);
    // What hangs has to end somehow.
    const isCancelled = route === 'hang' ? timeout === undefined : manners === 'any' && random.below(6) === 0;
    if (isCancelled) time.after(random.below(800), () => this.cancel());
  }

  private cancel(): void {
    if (this.isOver) return;
    this.cancelledAfter = this.reply.items.length;
    this.handle!.cancel();
  }

  /** What is wrong with how it ended, if anything is. */
  wrong(executions: number): string | undefined {
    const { ends, items, late } = this.reply;
    if (late.length > 0) return `heard of ${late.join(', ')} after its end`;
    if (!this.idempotent && !this.isMarked && executions > 1) return `ran ${executions} times`;
    if (this.cancelledAfter !== undefined) {
      return ends.length + items.length > this.cancelledAfter ? 'heard something after it was cancelled' : undefined;
    }
    if (ends.length !== 1) return `ended ${ends.length} times`;
    return ends[0]!.is === 'completed' ? this.wrongCompletion(executions) : this.wrongFailure();
  }

  private wrongCompletion(executions: number): string | undefined {
    const { number } = this.task;
    const expected: Record<Route, unknown[] | undefined> = {
      unary: [this.task],
      lookup: [this.task],
      stream: this.numbers,
      watch: this.numbers,
      upload: [this.numbers],
      event: [],
      fail: undefined,
      hang: undefined,
    };
    const items = JSON.stringify(this.reply.items);
    if (items !== JSON.stringify(expected[this.route])) return `completed with ${items}`;
    // The first item of an upload does not tell whose it is.
    if (executions === 0 && this.route !== 'upload') return `completed, and call ${number} never ran`;
    return undefined;
  }

  private wrongFailure(): string | undefined {
    const error = this.reply.failure;
    if (this.route === 'fail' && (error as Task).number === this.task.number) return undefined;
    if (this.manners === 'calm') return `was lost: ${String(error)}`;
    const isLoss = [ConnectionLostError, ConnectFailedError, UnavailableError].some((type) => error instanceof type);
    if (isLoss || (error instanceof DeadlineExceededError && this.timeout !== undefined)) return undefined;
    // What the limits of the simulation may come to.
    if (error instanceof ResourceExhaustedError) return undefined;
    if (error instanceof CancelledError) return 'was told that it was cancelled, which nobody did';
    return `failed with ${String(error)}`;
  }

  private get numbers(): number[] {
    return Array.from({ length: this.task.count }, (_, index) => index);
  }

  private feed(stream: OutgoingStream): () => void {
    let stopTimer: (() => void) | undefined;
    let sent = 0;
    const step = (): void => {
      if (sent === this.task.count) {
        stream.end();
        return;
      }
      stream.next(sent++);
      stopTimer = this.time.after(this.random.below(30), step);
    };
    stopTimer = this.time.after(this.random.below(30), step);
    return () => stopTimer?.();
  }
}

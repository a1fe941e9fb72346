import type { Caller, ReplyObserver } from './caller.js';
import { type Echo, echoOf, isItem } from './echo.js';
import { SlottedLoad } from './load.js';

/** A fixed number of calls in flight: each that is over is followed by the next. */
export class ClosedLoop extends SlottedLoad {
  constructor(
    readonly caller: Caller,
    private readonly inFlight: number,
    readonly message: string,
  ) {
    super();
  }

  start(): void {
    for (let index = 0; index < this.inFlight; index++) {
      this.slots.running++;
      new CallSlot(this).call();
    }
  }
}

/** One after another of the calls. A few fields and no closures: with 10,000 in flight, their memory is measured too. */
class CallSlot implements ReplyObserver {
  private request: Echo | undefined;
  private answered = false;

  constructor(private readonly loop: ClosedLoop) {}

  call(): void {
    const { loop } = this;
    const request = echoOf(loop.nextId(), loop.message);
    this.request = request;
    this.answered = false;
    loop.caller.echo(request, this);
  }

  next(reply: Echo): void {
    const { answered, loop, request } = this;
    if (answered || !isItem(request!, 0, reply)) loop.slots.fail(wrongReply(request, reply));
    this.answered = true;
  }

  error(error: unknown): void {
    this.loop.slots.fail(error);
  }

  complete(): void {
    const { answered, loop, request } = this;
    if (!answered) loop.slots.fail(new Error(`Call ${request!.id} completed without a reply`));
    loop.replies++;
    if (loop.slots.goOn) this.call();
    else loop.slots.leave();
  }
}

export function wrongReply(request: unknown, reply: unknown): Error {
  return new Error(`${JSON.stringify(reply)} is no reply to ${JSON.stringify(request)}`);
}

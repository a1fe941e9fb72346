import type { Caller, ReplyObserver } from './caller.js';
import { type Echo, echoOf, isItem } from './echo.js';
import { SlottedLoad } from './load.js';

/** A fixed number of calls in flight: each that is over is followed by the next. */
export class ClosedLoop extends SlottedLoad {
  constructor(
    private readonly caller: Caller,
    private readonly inFlight: number,
    private readonly message: string,
  ) {
    super();
  }

  start(): void {
    for (let index = 0; index < this.inFlight; index++) this.runSlot();
  }

  private runSlot(): void {
    const { caller, message, slots } = this;
    let request: Echo;
    let answered: boolean;
    const call = (): void => {
      request = echoOf(this.nextId(), message);
      answered = false;
      caller.echo(request, observer);
    };
    const observer: ReplyObserver = {
      next(reply) {
        if (answered || !isItem(request, 0, reply)) slots.fail(wrongReply(request, reply));
        answered = true;
      },
      error: (error) => slots.fail(error),
      complete: () => {
        if (!answered) slots.fail(new Error(`Call ${request.id} completed without a reply`));
        this.replies++;
        if (slots.goOn) call();
        else slots.leave();
      },
    };
    slots.running++;
    call();
  }
}

export function wrongReply(request: unknown, reply: unknown): Error {
  return new Error(`${JSON.stringify(reply)} is no reply to ${JSON.stringify(request)}`);
}

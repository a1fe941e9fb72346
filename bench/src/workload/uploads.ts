import type { Caller, ReplyObserver } from './caller.js';
import { wrongReply } from './closed-loop.js';
import { echoOf, isItem, type Items } from './echo.js';
import { SlottedLoad } from './load.js';
import { ITEMS_PER_STREAM } from './streams.js';

/** A fixed number of request streams at a time: each that was answered is followed by the next. */
export class Uploads extends SlottedLoad {
  constructor(
    private readonly caller: Caller,
    private readonly count: number,
    private readonly message: string,
  ) {
    super();
  }

  start(): void {
    if (!this.caller.collect) throw new Error('This contender has no request streams');
    for (let index = 0; index < this.count; index++) this.runSlot();
  }

  private runSlot(): void {
    const { caller, message, slots } = this;
    let request: Items;
    let answered = false;
    const open = (): void => {
      request = { count: ITEMS_PER_STREAM, item: echoOf(this.nextId(), message) };
      answered = false;
      caller.collect!(request, observer);
    };
    const observer: ReplyObserver = {
      next: (reply) => {
        const { count, item } = request;
        if (answered || !isItem({ ...item, id: count }, count - 1, reply)) slots.fail(wrongReply(request, reply));
        answered = true;
      },
      error: (error) => slots.fail(error),
      complete: () => {
        if (!answered) slots.fail(new Error('A request stream completed without a reply'));
        this.replies += ITEMS_PER_STREAM;
        if (slots.goOn) open();
        else slots.leave();
      },
    };
    slots.running++;
    open();
  }
}

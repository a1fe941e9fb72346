import type { Caller, ReplyObserver } from './caller.js';
import { wrongReply } from './closed-loop.js';
import { echoOf, isItem, type Items } from './echo.js';
import { SlottedLoad } from './load.js';

/** Long enough that opening a stream weighs little, short enough to stay below every contender's limits. */
export const ITEMS_PER_STREAM = 1_000;

/** A fixed number of server streams at a time: each that has ended is followed by the next. */
export class Streams extends SlottedLoad {
  constructor(
    private readonly caller: Caller,
    private readonly count: number,
    private readonly message: string,
  ) {
    super();
  }

  start(): void {
    if (!this.caller.items) throw new Error('This contender has no streams');
    for (let index = 0; index < this.count; index++) this.runSlot();
  }

  private runSlot(): void {
    const { caller, message, slots } = this;
    let request: Items;
    let items = 0;
    const open = (): void => {
      request = { count: ITEMS_PER_STREAM, item: echoOf(this.nextId(), message) };
      items = 0;
      caller.items!(request, observer);
    };
    const observer: ReplyObserver = {
      next: (reply) => {
        if (!isItem(request.item, items++, reply)) slots.fail(wrongReply(request, reply));
        this.replies++;
      },
      error: (error) => slots.fail(error),
      complete: () => {
        if (items !== ITEMS_PER_STREAM) slots.fail(new Error(`A stream ended after ${items} items`));
        if (slots.goOn) open();
        else slots.leave();
      },
    };
    slots.running++;
    open();
  }
}

import type { Caller, ReplyObserver } from './caller.js';
import { wrongReply } from './closed-loop.js';
import { type Echo, echoOf, isItem, type Items } from './echo.js';
import { SlottedLoad } from './load.js';

/** Long enough that opening a stream weighs little, short enough to stay below every contender's limits. */
const ITEMS_PER_STREAM = 1_000;

/** Which side sends the items of a stream, and what the caller sees of it. */
interface Direction {
  readonly method: 'items' | 'collect';
  readonly replies: number;
  isReply(request: Items, index: number, reply: Echo): boolean;
}

export const replyStreams: Direction = {
  method: 'items',
  replies: ITEMS_PER_STREAM,
  isReply: ({ item }, index, reply) => isItem(item, index, reply),
};

export const requestStreams: Direction = {
  method: 'collect',
  replies: 1,
  isReply: ({ count, item }, _, reply) => isItem({ ...item, id: count }, count - 1, reply),
};

/** A fixed number of streams at a time: each that is over is followed by the next. */
export class Streams extends SlottedLoad {
  constructor(
    private readonly caller: Caller,
    private readonly direction: Direction,
    private readonly count: number,
    private readonly message: string,
  ) {
    super();
  }

  start(): void {
    const { method } = this.direction;
    if (!this.caller[method]) throw new Error(`This contender has no '${method}'`);
    for (let index = 0; index < this.count; index++) this.runSlot();
  }

  private runSlot(): void {
    const { caller, direction, message, slots } = this;
    const itemsPerReply = ITEMS_PER_STREAM / direction.replies;
    let request: Items;
    let replies = 0;
    const open = (): void => {
      request = { count: ITEMS_PER_STREAM, item: echoOf(this.nextId(), message) };
      replies = 0;
      caller[direction.method]!(request, observer);
    };
    const observer: ReplyObserver = {
      next: (reply) => {
        if (!direction.isReply(request, replies++, reply)) slots.fail(wrongReply(request, reply));
        this.replies += itemsPerReply;
      },
      error: (error) => slots.fail(error),
      complete: () => {
        if (replies !== direction.replies) slots.fail(new Error(`A stream ended after ${replies} replies`));
        if (slots.goOn) open();
        else slots.leave();
      },
    };
    slots.running++;
    open();
  }
}

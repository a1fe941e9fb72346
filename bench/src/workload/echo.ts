/** The message of the workload: it comes back as it went. */
export interface Echo {
  readonly id: number;
  readonly message: string;
  readonly nanotime: number;
}

/** Asks for a stream of `count` items, each as `item`, with `nanotime` counting up from it. */
export interface Items {
  readonly count: number;
  readonly item: Echo;
}

/** 16 digits, as a clock in microseconds has them today, and still exact as a number. */
const NANOTIME = 1_700_000_000_000_000;

export function echoOf(id: number, message: string): Echo {
  return { id, message, nanotime: NANOTIME + id };
}

export function itemOf({ id, message, nanotime }: Echo, index: number): Echo {
  return { id, message, nanotime: nanotime + index };
}

/** Each item that `request` asks for. */
export function* itemsOf({ count, item }: Items): Generator<Echo> {
  for (let index = 0; index < count; index++) yield itemOf(item, index);
}

/** Whether `reply` is the item at `index` of what `request` asked for; an echo is its item 0. */
export function isItem(request: Echo, index: number, reply: Echo): boolean {
  return reply.id === request.id && reply.nanotime === request.nanotime + index && reply.message === request.message;
}

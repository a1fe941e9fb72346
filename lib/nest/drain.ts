import type { MessageHandler } from '@nestjs/microservices';
import { concatMap, from, isObservable, lastValueFrom, mergeMap, type Observable } from 'rxjs';

import { isPullable, type Pullable } from '../rpc/index.js';

/** A handler that may have a further one of the same event behind it, which Nest has it call. */
export type Chained = Pick<MessageHandler, 'next'>;

/**
 * Has what an event handler returned come to its end: nobody waits for the items, but the work is done only when they have
 * all been made.
 */
export async function drain(result: Observable<unknown> | Pullable, handler: Chained): Promise<void> {
  if (!isObservable(result)) {
    await pull(result);
    return;
  }
  const pulled = result.pipe(concatMap((item) => from(iterablesOf(item, handler)).pipe(mergeMap(pull))));
  await lastValueFrom(pulled, { defaultValue: undefined });
}

async function pull(source: Pullable): Promise<void> {
  for await (const _ of source);
}

/**
 * The iterables in an item. Behind an interceptor, what the handler returned comes as an item. Of two handlers, Nest makes
 * one item, `{ current, next }`, and `next` is again such an item if there is a third.
 */
function iterablesOf(item: unknown, { next }: Chained): Pullable[] {
  if (!next || !isJoined(item)) return isPullable(item) ? [item] : [];
  return [...iterablesOf(item.current, {}), ...iterablesOf(item.next, next as Chained)];
}

function isJoined(item: unknown): item is { current: unknown; next: unknown } {
  return typeof item === 'object' && item !== null && 'current' in item && 'next' in item;
}

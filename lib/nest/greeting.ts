import { from, isObservable, lastValueFrom, takeUntil } from 'rxjs';

import { InvalidRequestError } from '../errors/index.js';
import { CallObservable, type OpenCall } from './call-observable.js';
import type { FirstMessageSender } from './first-message.js';

/**
 * Has the application say over a new connection what has to be said before calls flow.
 *
 * @param open makes the calls of that connection.
 * @param lost rejects when there is nobody left to greet.
 */
export async function greet(firstMessage: FirstMessageSender, open: OpenCall, lost: Promise<never>): Promise<void> {
  let isMade = false;
  let isSent = false;
  const openFirst: OpenCall = (...args) => {
    isSent = true;
    return open(...args);
  };
  const said: unknown = await Promise.race([
    firstMessage({
      send: (pattern, data) => {
        isMade = true;
        return new CallObservable(openFirst, pattern, data);
      },
    }),
    lost,
  ]);
  if (isObservable(said)) await lastValueFrom(said.pipe(takeUntil(from(lost))), { defaultValue: undefined });
  // Calls would flow as if it had been said, and all be refused.
  if (isMade && !isSent) {
    throw new InvalidRequestError(
      'firstMessage made a message that was not sent: it has to return what send() answers',
    );
  }
}

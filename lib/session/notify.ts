import { type Clock, deadlineExceeded, systemClock } from '../rpc/index.js';
import type { ClientSession } from './client-session.js';
import { onAbort } from './on-abort.js';
import { aborted, type CallOptions, type CallRequest } from './outgoing-call.js';
import type { SessionSource } from './session-source.js';

/**
 * Sends an event that nobody waits for. Resolves when it is on its way; rejects when it could not be sent. Over a
 * connection that stands it is sent before this returns, so that it keeps its place among the calls.
 */
export async function notify(source: SessionSource, request: CallRequest, clock: Clock = systemClock): Promise<void> {
  const { signal, timeout } = request.options;
  if (signal?.aborted) throw aborted(signal);
  const { session } = source;
  if (session) {
    session.requester.notify(request, timeout);
    return;
  }
  const began = clock.now();
  await connectWithin(source, request.options, clock, ({ requester }) => {
    requester.notify(request, timeout === undefined ? undefined : timeout - (clock.now() - began));
  });
}

/** Sends over a connection as soon as there is one, if it is there while somebody still wants it. */
function connectWithin(
  source: SessionSource,
  { signal, timeout, waitForReady }: CallOptions,
  clock: Clock,
  send: (session: ClientSession) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isWanted = true;
    const settle = (): void => {
      isWanted = false;
      stopTimer?.();
      stopListening?.();
    };
    const giveUp = (error: unknown): void => {
      settle();
      reject(error);
    };
    const expire = (): void => giveUp(deadlineExceeded(timeout!, source.lastFailure));
    const stopTimer = timeout === undefined ? undefined : clock.after(timeout, expire);
    const stopListening = signal && onAbort(signal, () => giveUp(aborted(signal)));
    const connected = (session: ClientSession): void => {
      if (!isWanted) return;
      settle();
      try {
        send(session);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    source.connectFor({ waitForReady, isWanted: () => isWanted, connected, failed: giveUp });
  });
}

import { type Clock, deadlineExceeded, systemClock } from '../rpc/index.js';
import type { ClientSession } from './client-session.js';
import { aborted, type CallOptions, type CallRequest, type SessionSource } from './outgoing-call.js';

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
  const { requester } = await connectWithin(source, request.options, clock);
  requester.notify(request, timeout === undefined ? undefined : timeout - (clock.now() - began));
}

/** A connection, for as long as somebody wants it. */
function connectWithin(
  source: SessionSource,
  { signal, timeout, waitForReady }: CallOptions,
  clock: Clock,
): Promise<ClientSession> {
  return new Promise((resolve, reject) => {
    let isWanted = true;
    const settle = (): void => {
      isWanted = false;
      stopTimer?.();
      signal?.removeEventListener('abort', abort);
    };
    const giveUp = (error: unknown): void => {
      settle();
      reject(error);
    };
    const abort = (): void => giveUp(aborted(signal!));
    const expire = (): void => giveUp(deadlineExceeded(timeout!, source.lastFailure));
    const stopTimer = timeout === undefined ? undefined : clock.after(timeout, expire);
    signal?.addEventListener('abort', abort, { once: true });
    source.connect({ waitForReady, isWanted: () => isWanted }).then((session) => {
      settle();
      resolve(session);
    }, giveUp);
  });
}

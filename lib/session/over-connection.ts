import type { ClientSession } from './client-session.js';
import type { ConnectOptions, SessionSource } from './outgoing-call.js';

/**
 * Has `use` begin something on a connection as soon as there is one, or tells `failed` why there is none. Another is asked for
 * where it takes no more calls: of many who waited for it, the first may have used up its ids.
 */
export function overConnection(
  source: Pick<SessionSource, 'connect'>,
  options: ConnectOptions,
  use: (session: ClientSession) => void,
  failed: (error: unknown) => void,
): void {
  source.connect(options).then((session) => {
    if (session.isGoingAway) overConnection(source, options, use, failed);
    else use(session);
  }, failed);
}

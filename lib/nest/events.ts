import type { Socket } from 'node:net';

import type { ProtosocketContext } from './protosocket-context.js';

/**
 * The events that `on()` of the server and the client takes. Beside the ones of its own, the server has those of Node's
 * `net.Server` (or `tls.Server`), and the client those of its `net.Socket` (or `tls.TLSSocket`), as in Nest's TCP
 * transport.
 */
export const ProtosocketEvents = {
  /** Server: an event handler failed. Nobody waits for its reply, so this is where it can be seen, beside the log. */
  EVENT_HANDLER_ERROR: 'eventHandlerError',
  /** Server: a connection was lost with an error, or closed because of what the peer sent. */
  CONNECTION_ERROR: 'connectionError',
  /** Both. */
  ERROR: 'error',
  /** Both: the server has closed; the socket has. */
  CLOSE: 'close',
  /** Server. */
  LISTENING: 'listening',
  /** Server: a connection was accepted. */
  CONNECTION: 'connection',
  /** Client. */
  CONNECT: 'connect',
  /** Client: the TLS handshake is done. */
  SECURE_CONNECT: 'secureConnect',
  /** Client: the server said that it sends no more. */
  END: 'end',
} as const;

/* eslint-disable @typescript-eslint/no-explicit-any -- Nest's own map of events is open in the same way. */
export interface ProtosocketServerEventsMap extends Record<string, (...args: any[]) => void> {
  eventHandlerError: (error: unknown, context: ProtosocketContext) => void;
  connectionError: (error: Error, socket: Socket) => void;
  error: (error: Error) => void;
  close: () => void;
  listening: () => void;
  connection: (socket: Socket) => void;
}

export interface ProtosocketClientEventsMap extends Record<string, (...args: any[]) => void> {
  error: (error: Error) => void;
  close: (hadError: boolean) => void;
  connect: () => void;
  secureConnect: () => void;
  end: () => void;
}
/* eslint-enable @typescript-eslint/no-explicit-any */

import type { Socket } from 'node:net';

/** One connection, as all handlers of its calls see it. */
export class ProtosocketConnection {
  /** What the application knows of the connection, such as who it is: set by `firstMessage`, or by any handler. */
  // As open as the request of an HTTP framework, for the same reason: only the application knows its type.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  state: any;

  constructor(readonly socket: Socket) {}
}

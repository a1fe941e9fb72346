/**
 * The `transportId` of {@link ServerProtosocket}: `@MessagePattern('sum', PROTOSOCKET)` binds a handler to it in an app
 * with several transports. Registered globally, so that two copies of this package agree on it.
 */
export const PROTOSOCKET: unique symbol = Symbol.for('nestjs-protosocket') as typeof PROTOSOCKET;

/** The state of the link, as `status` of the server and the client emits it. */
export const ProtosocketStatus = {
  /** The server listens; the client has a connection. */
  CONNECTED: 'connected',
  /** The server does not listen; the client has no connection. */
  DISCONNECTED: 'disconnected',
} as const;

export type ProtosocketStatus = (typeof ProtosocketStatus)[keyof typeof ProtosocketStatus];

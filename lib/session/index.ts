export type { Address } from './address.js';
export type { ClientSession } from './client-session.js';
export { Connections } from './connections.js';
export { Connector } from './connector.js';
export { Listener } from './listener.js';
export { type CallOptions, notify, openCall, type SessionSource } from './outgoing-call.js';
export { Pool } from './pool.js';
export { canReusePort } from './reuse-port.js';

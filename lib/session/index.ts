export type { Address } from './address.js';
export { type BackoffOptions, defaultBackoff } from './backoff.js';
export type { ClientSession } from './client-session.js';
export { Connections } from './connections.js';
export { Connector } from './connector.js';
export { defaultKeepalive, type KeepaliveOptions } from './keepalive.js';
export { defaultListenerLimits, type ListenerLimits } from './limits.js';
export { Listener } from './listener.js';
export {
  type CallOptions,
  type CallRequest,
  type Cancellable,
  notify,
  openCall,
  type SessionSource,
} from './outgoing-call.js';
export type { Network } from './network.js';
export { Pool } from './pool.js';
export { canReusePort } from './reuse-port.js';
export { defaultRetry, type RetryOptions } from './retries.js';
export type { ServedConnection } from './server-session.js';

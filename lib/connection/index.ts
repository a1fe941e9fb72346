export { Connection, type Receiver } from './connection.js';
export { type ConnectionLimits, defaultConnectionLimits } from './limits.js';
export { SendQueues } from './send-queues.js';

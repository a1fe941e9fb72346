import type { Caller } from '../workload/caller.js';

/** Where a contender's server listens; with a broker, where the broker does. */
export const HOST = '127.0.0.1';

/** The two sides of a contender. Each runs in a process of its own, and lives as long as that. */
export interface Contender {
  /** Resolves when the server takes calls. */
  serve(port: number): Promise<void>;
  /** Resolves when calls may be made. */
  connect(port: number): Promise<Caller>;
}

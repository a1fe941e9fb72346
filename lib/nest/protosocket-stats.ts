/** What is open right now; all zero once a server or a client is closed. */
export interface ProtosocketStats {
  readonly connections: number;
  /** Calls that await their end. */
  readonly inFlight: number;
}

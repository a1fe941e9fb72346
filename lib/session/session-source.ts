import type { ConnectFailedError } from '../errors/index.js';
import type { ClientSession } from './client-session.js';

/** Who waits for a connection. It is told once: of the one, or why there is none. */
export interface Waiter {
  /** To wait until there is one, however often that fails. Default: to be told when an attempt has failed. */
  readonly waitForReady?: boolean | undefined;
  /** Whether it still waits. */
  isWanted(): boolean;
  connected(session: ClientSession): void;
  failed(error: unknown): void;
}

/** Where the connection of a call comes from: a Connector, several, or a session that stands already. */
export interface SessionSource {
  /** The one that stands. To be asked once for each call: of several, another may be next. */
  readonly session: ClientSession | undefined;

  /** Why there is none, where that is known. */
  readonly lastFailure?: ConnectFailedError | undefined;

  /**
   * Gets `waiter` one. Those who wait for the same are told in the order in which they came, all at once: nothing that is
   * sent because a connection stands is sent before what waited for it.
   */
  connectFor(waiter: Waiter): void;
}

import type { ConnectFailedError } from '../errors/index.js';
import { type Clock, systemClock } from '../rpc/index.js';
import type { ClientSession } from './client-session.js';
import type { Connector } from './connector.js';
import type { SessionSource, Waiter } from './session-source.js';

/** What could not be connected while other connections stood is tried again after this, in milliseconds. */
const RETRY_AFTER = 1_000;

/** How much longer than another's a connection may take before those who wait for it are given that one, as RFC 8305 has it. */
const PATIENCE = 250;

/**
 * Spreads calls over several connections. A call goes to the one with the fewest calls in flight, so that a server that is
 * slow, or busy with streams, gets fewer; among equals they take turns, so that calls one after another reach all of them.
 *
 * A call that finds a connection does not wait for another: further ones are made beside it, once all that stand are busy.
 */
export class Pool implements SessionSource {
  /** Which connector is asked first. */
  private turn = 0;
  private isGrowing = false;
  private growsNotBefore = -Infinity;
  /** Who waits for a connection, each for one. */
  private readonly waiting = new Set<Waiter>();

  constructor(
    private readonly connectors: readonly Connector[],
    /** A connection could not be made, and nobody waits for it. */
    private readonly onFailed: (error: unknown) => void,
    private readonly clock: Clock = systemClock,
  ) {}

  /** The connection for the next call, which takes its turn by asking. */
  get session(): ClientSession | undefined {
    const { connectors, turn } = this;
    let chosen: ClientSession | undefined;
    let missing: Connector | undefined;
    let fewest = Infinity;
    for (let i = 0; i < connectors.length; i++) {
      const index = (turn + i) % connectors.length;
      const { session } = connectors[index]!;
      if (!session) {
        missing ??= connectors[index];
        continue;
      }
      const { inFlightCount } = session.requester;
      if (inFlightCount >= fewest) continue;
      chosen = session;
      fewest = inFlightCount;
      this.turn = index + 1;
    }
    if (missing && chosen && fewest > 0) this.grow(missing);
    return chosen;
  }

  get lastFailure(): ConnectFailedError | undefined {
    return this.connectors.find(({ lastFailure }) => lastFailure)?.lastFailure;
  }

  /** The connection that stands, or one that is made. Several that wait share out the connections among them. */
  connectFor(waiter: Waiter): void {
    const { session: standing } = this;
    if (standing) {
      waiter.connected(standing);
      return;
    }
    const connector = this.connectors[this.turn++ % this.connectors.length]!;
    this.waiting.add(waiter);
    connector.connectFor({
      waitForReady: waiter.waitForReady,
      isWanted: () => this.waiting.has(waiter) && waiter.isWanted() && !this.session,
      connected: (session) => {
        if (this.waiting.delete(waiter)) waiter.connected(session);
      },
      failed: (error) => {
        if (!this.waiting.delete(waiter)) return;
        const { session } = this;
        if (session) waiter.connected(session);
        else waiter.failed(error);
      },
    });
  }

  /** Has a connection that stands now serve also those whose own takes too long. */
  connected(): void {
    if (this.waiting.size === 0) return;
    this.clock.after(PATIENCE, () => {
      for (const waiter of this.waiting) {
        const { session } = this;
        if (!session) return;
        this.waiting.delete(waiter);
        waiter.connected(session);
      }
    });
  }

  private grow(connector: Connector): void {
    if (this.isGrowing || this.clock.now() < this.growsNotBefore) return;
    this.isGrowing = true;
    connector
      .connect()
      .catch((error: unknown) => {
        // Else every call would try it anew.
        this.growsNotBefore = this.clock.now() + RETRY_AFTER;
        this.onFailed(error);
      })
      .finally(() => (this.isGrowing = false));
  }
}

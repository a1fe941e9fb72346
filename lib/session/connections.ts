import type { Socket } from 'node:net';

import { type Clock, systemClock } from '../rpc/index.js';
import { Connector, type ConnectorOptions } from './connector.js';
import { Pool } from './pool.js';
import { Retries, type RetryOptions } from './retries.js';
import type { SessionSource, Waiter } from './session-source.js';

export interface ConnectionsOptions extends Omit<ConnectorOptions, 'retries'> {
  /** How many connections there may be at a time. */
  readonly connections: number;
  /** Without it, no call is sent again. */
  readonly retry?: RetryOptions | undefined;
  /** One could not be made beside others that stand. */
  readonly onPartlyFailed: (error: unknown) => void;
}

/** The connections of a client: one, or several that share its calls. */
export class Connections {
  /** Where calls get their connection from. With a single one, nothing is in between. */
  readonly source: SessionSource;
  private readonly connectors: readonly Connector[];
  /** Of several. */
  private readonly pool: Pool | undefined;

  /** @param random from 0 up to, and without, 1: what delays are drawn with. */
  constructor(
    private readonly options: ConnectionsOptions,
    clock: Clock = systemClock,
    random: () => number = Math.random,
  ) {
    const { connections, onConnected, retry } = options;
    const each: ConnectorOptions = {
      ...options,
      // A call goes on over whichever connection stands, and not only over the one that it was made on.
      retries:
        retry &&
        new Retries(retry, { callsMade: () => this.callsMade, connectFor: (waiter) => this.source.connectFor(waiter) }),
      onConnected: (session) => {
        onConnected(session);
        this.pool?.connected();
      },
    };
    this.connectors = Array.from({ length: connections }, () => new Connector(each, clock, random));
    const [only, ...others] = this.connectors;
    if (others.length > 0) this.pool = new Pool(this.connectors, (error) => this.partlyFailed(error), clock);
    this.source = this.pool ?? only!;
  }

  /** Whether at least one stands. */
  get isConnected(): boolean {
    return this.connectors.some(({ session }) => session !== undefined);
  }

  get connectionCount(): number {
    return this.connectors.reduce((count, connector) => count + connector.connectionCount, 0);
  }

  get inFlightCount(): number {
    return this.connectors.reduce((count, connector) => count + connector.inFlightCount, 0);
  }

  /** Since the beginning. */
  private get callsMade(): number {
    return this.connectors.reduce((count, connector) => count + connector.callsMade, 0);
  }

  /** Those there are by now. */
  get sockets(): Socket[] {
    return this.connectors.flatMap(({ socket }) => socket ?? []);
  }

  /** Makes all that do not stand. Rejects with the ConnectFailedError of the first that cannot be made. */
  async connect(options?: Pick<Waiter, 'waitForReady'>): Promise<void> {
    await Promise.all(this.connectors.map((connector) => connector.connect(options)));
  }

  /** See {@link Connector.close}. */
  async close(gracePeriod: number): Promise<void> {
    await Promise.all(this.connectors.map((connector) => connector.close(gracePeriod)));
  }

  private partlyFailed(error: unknown): void {
    // If none is left, it is told to the next call; and nobody wants to hear of what close() has given up.
    if (this.isConnected) this.options.onPartlyFailed(error);
  }
}

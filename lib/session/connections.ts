import type { Socket } from 'node:net';

import { Connector, type ConnectorOptions } from './connector.js';
import type { ConnectOptions, SessionSource } from './outgoing-call.js';
import { Pool } from './pool.js';

export interface ConnectionsOptions extends ConnectorOptions {
  /** How many connections there may be at a time. */
  readonly connections: number;
  /** One could not be made beside others that stand. */
  readonly onPartlyFailed: (error: unknown) => void;
}

/** The connections of a client: one, or several that share its calls. */
export class Connections {
  /** Where calls get their connection from. With a single one, nothing is in between. */
  readonly source: SessionSource;
  private readonly connectors: readonly Connector[];

  constructor(options: ConnectionsOptions) {
    this.connectors = Array.from({ length: options.connections }, () => new Connector(options));
    const [only, ...others] = this.connectors;
    this.source = others.length === 0 ? only! : new Pool(this.connectors, (error) => this.partlyFailed(error, options));
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

  /** Those there are by now. */
  get sockets(): Socket[] {
    return this.connectors.flatMap(({ socket }) => socket ?? []);
  }

  /** Makes all that do not stand. Rejects with the ConnectFailedError of the first that cannot be made. */
  async connect(options?: ConnectOptions): Promise<void> {
    await Promise.all(this.connectors.map((connector) => connector.connect(options)));
  }

  /** See {@link Connector.close}. */
  async close(gracePeriod: number): Promise<void> {
    await Promise.all(this.connectors.map((connector) => connector.close(gracePeriod)));
  }

  private partlyFailed(error: unknown, { onPartlyFailed }: ConnectionsOptions): void {
    // If none is left, it is told to the next call; and nobody wants to hear of what close() has given up.
    if (this.isConnected) onPartlyFailed(error);
  }
}

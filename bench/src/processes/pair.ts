import type { Entry } from '../contenders/catalogue.js';
import { type Broker, startBroker } from './broker.js';
import type { Cores } from './cores.js';
import type { ClientOrders, ClientSample, ServerOrders, Work } from './orders.js';
import { freePort } from './port.js';
import type { Sample } from './sample.js';
import { Worker } from './worker.js';

export interface PairSample {
  readonly server: Sample;
  readonly client: ClientSample;
  readonly brokerCpu: number;
}

/** A contender at work: its server, its client, and the broker between them if it has one. */
export class Pair {
  private constructor(
    readonly entry: Entry,
    readonly server: Worker<ServerOrders>,
    readonly client: Worker<ClientOrders>,
    private readonly broker: Broker | undefined,
  ) {}

  static async of(entry: Entry, cores: Cores): Promise<Pair> {
    const broker = entry.broker && (await startBroker(entry.broker));
    const port = broker?.port ?? (await freePort());
    const server = new Worker<ServerOrders>(`${entry.name} server`, 'server-main.js', cores.server);
    const client = new Worker<ClientOrders>(`${entry.name} client`, 'client-main.js', cores.client);
    const pair = new Pair(entry, server, client, broker);
    try {
      await server.order('serve', entry.name, port);
      await client.order('connect', entry.name, port);
      return pair;
    } catch (error) {
      pair.end();
      throw error;
    }
  }

  start(work: Work): Promise<void> {
    return this.client.order('start', work);
  }

  /** Resolves when nothing is in flight and both sides rest. */
  async stop(): Promise<void> {
    await this.client.order('stop');
    await this.server.order('rest');
  }

  async sample(): Promise<PairSample> {
    const [server, client] = await Promise.all([this.server.order('sample'), this.client.order('sample')]);
    return { server, client, brokerCpu: this.broker?.cpu() ?? 0 };
  }

  end(): void {
    this.client.end();
    this.server.end();
    this.broker?.end();
  }
}

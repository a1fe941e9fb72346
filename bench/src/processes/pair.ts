import type { Entry } from '../contenders/catalogue.js';
import { type Broker, startBroker } from './broker.js';
import { forkNode, spawnRust } from './channel.js';
import type { Cores } from './cores.js';
import type { ClientOrders, ClientSample, ServerOrders, Shares, Work } from './orders.js';
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
  private readonly clients: Worker<ClientOrders>[] = [];

  private constructor(
    readonly entry: Entry,
    private readonly cores: Cores,
    private readonly port: number,
    readonly server: Worker<ServerOrders>,
    private readonly broker: Broker | undefined,
  ) {}

  static async of(entry: Entry, cores: Cores): Promise<Pair> {
    const broker = entry.broker && (await startBroker(entry.broker));
    const port = broker?.port ?? (await freePort());
    const server = new Worker<ServerOrders>(`${entry.name} server`, channelTo(entry)('server', cores.server));
    const pair = new Pair(entry, cores, port, server, broker);
    try {
      await server.order('serve', entry.name, port);
      await pair.addClient();
      return pair;
    } catch (error) {
      pair.end();
      throw error;
    }
  }

  get client(): Worker<ClientOrders> {
    return this.clients[0]!;
  }

  /** One more client: a process of its own, with a connection of its own. */
  async addClient(): Promise<Worker<ClientOrders>> {
    const { clients, cores, entry, port } = this;
    const client = new Worker<ClientOrders>(`${entry.name} client`, channelTo(entry)('client', cores.client));
    clients.push(client);
    await client.order('connect', entry.name, port);
    return client;
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

  /** Where the time of each side goes, by area. */
  profile(seconds: number): Promise<[server: Shares, client: Shares]> {
    return Promise.all([this.server.order('profile', seconds), this.client.order('profile', seconds)]);
  }

  end(): void {
    for (const client of this.clients) client.end();
    this.server.end();
    this.broker?.end();
  }
}

const channelTo = (entry: Entry): typeof forkNode => (entry.load ? forkNode : spawnRust);

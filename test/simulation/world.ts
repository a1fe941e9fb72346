import { defaultConnectionLimits } from '../../lib/connection/index.js';
import { builtInContract } from '../../lib/contract/index.js';
import { defaultCallLimits, type ReplyOrder } from '../../lib/rpc/index.js';
import {
  Connector,
  defaultBackoff,
  defaultKeepalive,
  defaultListenerLimits,
  defaultRetry,
  Listener,
} from '../../lib/session/index.js';
import { MemoryNetwork } from '../../lib/testing/memory-network.js';
import { Random } from '../../lib/testing/random.js';
import { routes, SimulatedCall } from './caller.js';
import { Service, type Task } from './service.js';
import { VirtualTime } from './virtual-time.js';

const address = { host: 'server', port: 1 };
/** How long there is trouble, and how long everything may take to come to rest after it, in virtual milliseconds. */
const TROUBLE = 3_000;
const REST = 240_000;

const orders: readonly ReplyOrder[] = [
  'concurrent',
  'concurrent',
  'ordered',
  'serial',
  // An upload has no key, and so no order.
  { key: (data) => (data === undefined ? undefined : (data as Task).number % 3), each: 'serial' },
];

/**
 * Some clients and a server on a network that fails, all of it drawn from one seed. First there is trouble, then the
 * network heals and all has to come to rest; {@link problems} says what did not hold.
 */
export class World {
  private readonly random: Random;
  private readonly time: VirtualTime;
  private readonly network: MemoryNetwork;
  private readonly service: Service;
  private readonly clients: readonly Connector[];
  private readonly calls: SimulatedCall[] = [];
  private readonly closing: Promise<void>[] = [];
  private server: Listener | undefined;
  private inTrouble = true;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.time = new VirtualTime(this.random);
    const latency = [0, 20].map((most) => this.random.below(most + 1)).sort((a, b) => a - b) as [number, number];
    this.network = new MemoryNetwork({ seed, latency, split: this.random.below(4) > 0 }, this.time);
    this.service = new Service(this.time, this.random, this.one(orders));
    this.clients = Array.from({ length: 1 + this.random.below(4) }, () => this.client());
  }

  async run(): Promise<void> {
    await this.listen();
    this.often(40, () => this.call());
    this.often(150, () => this.one(this.calls)?.cancel());
    this.often(700, () => this.trouble());
    await this.time.pass(TROUBLE);
    this.inTrouble = false;
    this.network.refuses = false;
    this.network.flow();
    await this.time.pass(REST, () => this.calls.every(({ isOver }) => isOver));
    for (const client of this.clients) this.closing.push(client.close(1_000));
    if (this.server) this.closing.push(this.server.close(1_000));
    let isClosed = false;
    void Promise.all(this.closing).then(() => (isClosed = true));
    await this.time.pass(REST, () => isClosed && this.time.pending === 0);
    if (!isClosed) this.unclosed = true;
  }

  private unclosed = false;

  /** What did not hold: nothing, if all is well. */
  get problems(): string[] {
    const { calls, clients, network, service, time } = this;
    const wrongCalls = calls.flatMap((call) => {
      const wrong = call.wrong(service.executed.get(call.task.number) ?? 0);
      return wrong ? [`The ${call.route} call ${call.task.number} ${wrong}`] : [];
    });
    const left: Record<string, number> = {
      'connections of clients': sum(clients.map(({ connectionCount }) => connectionCount)),
      'calls of clients': sum(clients.map(({ inFlightCount }) => inFlightCount)),
      'connections of the server': this.server?.connectionCount ?? 0,
      'calls of the server': this.server?.inFlightCount ?? 0,
      'handlers at work': service.working,
      'links in the network': network.links.length,
      timers: time.pending,
    };
    const leftovers = Object.entries(left).flatMap(([what, count]) =>
      count > 0 ? [`Left over: ${count} ${what}`] : [],
    );
    return [...wrongCalls, ...leftovers, ...(this.unclosed ? ['Not all was closed'] : [])];
  }

  /** What happened, for the curious. */
  get summary(): { calls: number; completed: number } {
    return { calls: this.calls.length, completed: this.calls.filter(({ reply }) => reply.isCompleted).length };
  }

  private call(): void {
    const call = new SimulatedCall(this.calls.length, this.one(routes), this.random, this.time);
    this.calls.push(call);
    call.start(this.one(this.clients));
  }

  private trouble(): void {
    const { network, random, time } = this;
    const link = this.one(network.links);
    const heals = (run: () => void): void => void time.after(random.below(1_500), run);
    switch (random.below(7)) {
      case 0:
        link?.cut();
        break;
      case 1:
        link?.stall();
        if (link) heals(() => link.flow());
        break;
      case 2:
        network.stall();
        heals(() => network.flow());
        break;
      case 3:
        network.refuses = true;
        heals(() => (network.refuses = false));
        break;
      case 4:
        this.restart(500);
        break;
      case 5:
        // As when its process is killed.
        network.cut();
        this.restart(0);
        break;
      default:
        this.closing.push(this.one(this.clients).close(random.below(500)));
    }
  }

  private restart(gracePeriod: number): void {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    const closed = server.close(gracePeriod);
    this.closing.push(closed);
    void closed.then(() => this.time.after(this.random.below(300), () => void this.listen()));
  }

  private async listen(): Promise<void> {
    const server = new Listener(
      {
        ...this.common,
        limits: { ...defaultConnectionLimits, ...defaultCallLimits, ...defaultListenerLimits },
        maxConnectionAge: this.random.below(3) === 0 ? 800 : 0,
        gracePeriod: 500,
        handler: () => this.service,
        onConnectionError: () => undefined,
      },
      this.time,
      () => this.random.next(),
    );
    const listening = server.listen(address);
    await listening;
    if (this.inTrouble || !this.server) this.server = server;
  }

  private client(): Connector {
    return new Connector(
      {
        ...this.common,
        address,
        limits: defaultConnectionLimits,
        connectTimeout: 2_000,
        reconnect: defaultBackoff,
        retry: this.random.below(3) === 0 ? undefined : defaultRetry,
        onSocket: (socket) => socket.on('error', () => undefined),
        onConnected: () => undefined,
        onFailed: () => undefined,
        onClosed: () => undefined,
      },
      this.time,
      () => this.random.next(),
    );
  }

  private get common() {
    return { contract: builtInContract(), streamLimit: 4_096, keepalive: defaultKeepalive, network: this.network };
  }

  /** Does something again and again while there is trouble. */
  private often(most: number, run: () => void): void {
    this.time.after(this.random.below(most), () => {
      if (!this.inTrouble) return;
      run();
      this.often(most, run);
    });
  }

  private one<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)]!;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

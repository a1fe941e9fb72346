import { defaultConnectionLimits } from '../../lib/connection/index.js';
import { builtInContract } from '../../lib/contract/index.js';
import { ProtocolViolationError } from '../../lib/errors/index.js';
import { defaultCallLimits, type ReplyOrder } from '../../lib/rpc/index.js';
import {
  Connections,
  defaultBackoff,
  defaultKeepalive,
  defaultListenerLimits,
  defaultRetry,
  Listener,
} from '../../lib/session/index.js';
import { MemoryNetwork } from '../../lib/testing/memory-network.js';
import { Random } from '../../lib/testing/random.js';
import { type Manners, SimulatedCall } from './caller.js';
import { IDEMPOTENT_ROUTES, Service, type Task } from './service.js';
import { VirtualTime } from './virtual-time.js';

const address = { host: 'server', port: 1 };
/** How long there is trouble, and how long everything may take to come to rest after it, in virtual milliseconds. */
const TROUBLE = 3_000;
const REST = 240_000;
/** Within this everybody has heard of a call that is over, and the last trouble has passed. */
const HEARSAY = 2_000;

const orders: readonly ReplyOrder[] = [
  'concurrent',
  'concurrent',
  'ordered',
  'serial',
  // An upload has no key, and so no order.
  { key: (data) => (data === undefined ? undefined : (data as Task).number % 3), each: 'serial' },
];

/**
 * Some clients and a server on a network, all of it drawn from one seed. First there is trouble, then the network heals
 * and all has to come to rest; {@link problems} says what did not hold.
 *
 * In some worlds the network fails. In the others it does not, servers are just restarted in good order: there no call
 * may be lost.
 */
export class World {
  /** What did not hold: nothing, if all is well. */
  readonly problems: string[] = [];
  readonly calls: SimulatedCall[] = [];

  private readonly random: Random;
  private readonly time: VirtualTime;
  private readonly network: MemoryNetwork;
  private readonly isCalm: boolean;
  private readonly gracePeriod: number;
  private readonly service: Service;
  private readonly clients: readonly Connections[];
  private readonly closing: Promise<void>[] = [];
  private server: Listener | undefined;
  private inTrouble = true;

  constructor(private readonly seed: number) {
    this.random = new Random(seed);
    this.time = new VirtualTime(this.random);
    const { random } = this;
    this.isCalm = random.below(4) === 0;
    this.gracePeriod = this.isCalm ? 20_000 : 500;
    const latency = [20, 20].map((most) => random.below(most + 1)).sort((a, b) => a - b) as [number, number];
    const window = random.below(2) === 0 ? 1 + random.below(2_000) : undefined;
    this.network = new MemoryNetwork({ seed, latency, split: random.below(4) > 0, window }, this.time);
    this.service = new Service(this.time, random, this.one(orders));
    this.clients = Array.from({ length: 1 + random.below(4) }, () => this.client());
  }

  async run(): Promise<void> {
    await this.listen();
    this.often(40, () => this.call());
    this.often(700, () => (this.isCalm ? this.restart(this.gracePeriod) : this.trouble()));
    await this.time.pass(TROUBLE);
    this.inTrouble = false;
    this.network.refuses = false;
    this.network.flow();
    await this.time.pass(REST, () => this.calls.every(({ isOver }) => isOver));
    await this.time.pass(HEARSAY);
    this.check('before the end', { 'handlers at work': this.service.working });
    for (const client of this.clients) this.closing.push(client.close(1_000));
    if (this.server) this.closing.push(this.server.close(1_000));
    let isClosed = false;
    void Promise.all(this.closing).then(() => (isClosed = true));
    if (!(await this.time.pass(REST, () => isClosed))) this.problems.push('Not all was closed');
    this.checkCalls();
    this.checkRest();
  }

  /** How many calls ran more than once because their handler had said that they may. */
  get rerun(): number {
    const { executed } = this.service;
    return this.calls.filter(({ isMarked, task }) => isMarked && (executed.get(task.number) ?? 0) > 1).length;
  }

  private checkCalls(): void {
    const { cutEvents, executed } = this.service;
    for (const call of this.calls) {
      const wrong = call.wrong(executed.get(call.task.number) ?? 0);
      if (wrong) this.problems.push(`The ${call.route} call ${call.task.number} ${wrong}`);
    }
    for (const number of cutEvents) this.problems.push(`The event ${number} was taken, and not seen through`);
  }

  private checkRest(): void {
    const { clients, network, server, service, time } = this;
    this.check('at the end', {
      'connections of clients': sum(clients.map(({ connectionCount }) => connectionCount)),
      'calls of clients': sum(clients.map(({ inFlightCount }) => inFlightCount)),
      'connections of the server': server?.connectionCount ?? 0,
      'calls of the server': server?.inFlightCount ?? 0,
      'handlers at work': service.working,
      'links in the network': network.links.length,
      // What is on its way in the network takes no longer.
      timers: time.pendingAfter(50),
    });
  }

  private check(when: string, counts: Record<string, number>): void {
    for (const [what, count] of Object.entries(counts)) {
      if (count > 0) this.problems.push(`Left over ${when}: ${count} ${what}`);
    }
  }

  private call(): void {
    const manners: Manners = this.isCalm ? 'calm' : 'any';
    const call = new SimulatedCall(this.calls.length, manners, this.random, this.time);
    this.calls.push(call);
    call.start(this.one(this.clients).source);
  }

  private trouble(): void {
    const { network, random } = this;
    const link = network.links.length > 0 ? this.one(network.links) : undefined;
    switch (random.below(7)) {
      case 0:
        link?.cut();
        break;
      case 1:
        link?.stall();
        this.later(() => link?.flow());
        break;
      case 2:
        network.stall();
        this.later(() => network.flow());
        break;
      case 3:
        network.refuses = true;
        this.later(() => (network.refuses = false));
        break;
      case 4:
        this.restart(this.gracePeriod);
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
    this.closing.push(server.close(gracePeriod));
    // The port is free as soon as the server takes no more connections.
    this.time.after(1 + this.random.below(300), () => void this.listen());
  }

  private async listen(): Promise<void> {
    const server = new Listener(
      {
        ...this.common,
        limits: { ...defaultConnectionLimits, ...defaultCallLimits, ...defaultListenerLimits },
        maxConnectionAge: this.random.below(3) === 0 ? 800 : 0,
        gracePeriod: this.gracePeriod,
        handler: (_, connection) => {
          connection.sayIdempotent(IDEMPOTENT_ROUTES);
          return this.service;
        },
        onConnectionError: (error) => this.assertNoViolation(error),
      },
      this.time,
      () => this.random.next(),
    );
    await server.listen(address);
    this.server = server;
  }

  private client(): Connections {
    // In calm worlds servers restart again and again within moments, and the default bounds of retries are met in a few.
    const calm = { attempts: 100, ratio: 100 };
    const retry = this.isCalm ? calm : this.random.below(3) > 0 ? defaultRetry : undefined;
    return new Connections(
      {
        ...this.common,
        address,
        limits: defaultConnectionLimits,
        connectTimeout: 2_000,
        reconnect: defaultBackoff,
        retry,
        // So that seeds that have failed once, when there was but one, draw what they drew.
        connections: this.seed % 2 === 0 ? 1 : 1 + this.random.below(3),
        onSocket: (socket) => socket.on('error', () => undefined),
        onConnected: () => undefined,
        onFailed: () => undefined,
        onWaiting: () => undefined,
        onClosed: (cause) => this.assertNoViolation(cause),
        onPartlyFailed: () => undefined,
      },
      this.time,
      () => this.random.next(),
    );
  }

  /** Nobody here says what is not in the contract. */
  private assertNoViolation(error: Error | undefined): void {
    if (error instanceof ProtocolViolationError) this.problems.push(error.message);
  }

  private get common() {
    return { contract: builtInContract(), streamLimit: 4_096, keepalive: defaultKeepalive, network: this.network };
  }

  /** Does something again and again while there is trouble. */
  private often(most: number, run: () => unknown): void {
    this.time.after(this.random.below(most), () => {
      if (!this.inTrouble) return;
      run();
      this.often(most, run);
    });
  }

  private later(run: () => void): void {
    this.time.after(this.random.below(1_500), run);
  }

  private one<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)]!;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

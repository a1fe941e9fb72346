import type { Server as NetServer, Socket } from 'node:net';

import { type Clock, systemClock } from '../rpc/index.js';
import type { Address, Network } from '../session/index.js';
import { MemoryLink } from './memory-link.js';
import type { Wire } from './memory-pipe.js';
import { type Directory, type MemoryAddress, MemoryServer } from './memory-server.js';
import { MemorySocket, systemError } from './memory-socket.js';
import { Random } from './random.js';

/** Options of {@link MemoryNetwork}. */
export interface MemoryNetworkOptions {
  /** What all that is left to chance comes from: the same seed, the same network. Default 1. */
  readonly seed?: number;

  /** How long bytes are on their way, in milliseconds: always as long, or anything in between. Default 0. */
  readonly latency?: number | readonly [least: number, most: number];

  /** Whether bytes arrive in other pieces than they were sent in, as TCP may have it. Default true. */
  readonly split?: boolean;

  /** How many bytes a connection takes from a sender whose receiver does not read. Default 64 KiB. */
  readonly window?: number;
}

/** Ports that nobody has asked for by number. */
const FIRST_FREE_PORT = 49_152;

/**
 * A network in memory, for tests: no ports, and faults whenever a test wants them.
 *
 * ```ts
 * const network = new MemoryNetwork({ seed: 7 });
 * const app = await NestFactory.createMicroservice(AppModule, { strategy: new ServerProtosocket({ network }) });
 * const client = new ClientProtosocket({ network });
 * ...
 * network.cut(); // and see what becomes of the calls in flight
 * ```
 *
 * There is no TLS on it: whoever has `tlsOptions` is connected as if a handshake had been made.
 */
export class MemoryNetwork implements Network {
  /** While true, who connects is refused (ECONNREFUSED), as if no server were there. */
  refuses = false;

  private readonly servers = new Map<string, MemoryServer>();
  private readonly open = new Set<MemoryLink>();
  private readonly wire: Wire;
  private stalled = false;
  /** Connections that are made while it is stalled. */
  private readonly connecting: (() => void)[] = [];
  private lastPort = FIRST_FREE_PORT - 1;

  constructor(
    { latency = 0, seed = 1, split = true, window = 64 * 1024 }: MemoryNetworkOptions = {},
    private readonly clock: Clock = systemClock,
  ) {
    const random = new Random(seed);
    const [least, most] = typeof latency === 'number' ? [latency, latency] : latency;
    this.wire = {
      random,
      split,
      window,
      soon: (run) => void clock.turn().then(run),
      afterLatency: (run) => {
        const latency = least + random.next() * (most - least);
        if (latency === 0) void clock.turn().then(run);
        else clock.after(latency, run);
      },
    };
  }

  /** The connections there are, the oldest first: each can be cut or stalled by itself. */
  get links(): readonly MemoryLink[] {
    return [...this.open];
  }

  /** Resets all connections there are. */
  cut(): void {
    for (const link of this.links) link.cut();
  }

  /** Nothing arrives any more, and nobody is told; who connects waits. Until {@link flow}. */
  stall(): void {
    this.stalled = true;
    for (const link of this.open) link.stall();
  }

  /** Ends a {@link stall}: all that was on its way arrives. */
  flow(): void {
    this.stalled = false;
    for (const link of this.open) link.flow();
    for (const run of this.connecting.splice(0)) run();
  }

  /** For the transport, in place of `net.createServer`. */
  createServer(_tlsOptions: unknown, onConnection: (socket: Socket) => void): NetServer {
    const directory: Directory = {
      add: (server, address) => this.add(server, address),
      remove: (server) => {
        for (const [name, other] of this.servers) if (other === server) this.servers.delete(name);
      },
    };
    const server = new MemoryServer(directory);
    server.on('connection', onConnection);
    return server as unknown as NetServer;
  }

  /** For the transport, in place of `net.connect`. */
  connect(address: Address): Socket {
    const port = 'port' in address ? address.port : 0;
    const client = new MemorySocket(this.clock, this.freePort(), port, { connecting: true });
    this.wire.afterLatency(() => this.whenFlowing(() => this.connected(client, nameOf(address))));
    return client as unknown as Socket;
  }

  private connected(client: MemorySocket, name: string): void {
    if (client.destroyed) return;
    const listener = this.servers.get(name);
    if (!listener || this.refuses) {
      client.destroy(systemError('ECONNREFUSED', 'connect'));
      return;
    }
    const server = new MemorySocket(this.clock, client.remotePort, client.localPort, { connecting: false });
    this.open.add(new MemoryLink(this.wire, client, server, (link) => this.open.delete(link)));
    listener.accept(server);
    client.emit('connect');
    client.emit('secureConnect');
  }

  private add(server: MemoryServer, address: MemoryAddress): MemoryAddress {
    const own = address.path === undefined ? { port: address.port || this.freePort() } : { path: address.path };
    const name = nameOf(own);
    if (this.servers.has(name)) throw systemError('EADDRINUSE', 'listen');
    this.servers.set(name, server);
    return own;
  }

  private freePort(): number {
    return ++this.lastPort;
  }

  private whenFlowing(run: () => void): void {
    if (this.stalled) this.connecting.push(run);
    else run();
  }
}

/** There is one machine on this network, whatever its hosts are called. */
function nameOf(address: MemoryAddress | Address): string {
  const { path, port }: MemoryAddress = address;
  return path === undefined ? `port ${port}` : `path ${path}`;
}

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const open = new Set<Proxy>();

/** A TCP proxy, as a load balancer has it: each new connection goes to the target of that time, and stays there. */
export class Proxy {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The port that new connections go to. */
    public target: number,
  ) {
    server.on('connection', (near) => this.accept(near));
    open.add(this);
  }

  static async to(target: number): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new Proxy(server, target);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /**
   * From now on no byte passes, and nobody is told of it, as when a cable is cut: what the two sides send is taken off
   * them, and lost.
   */
  swallow(): void {
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.resume();
    }
  }

  async close(): Promise<void> {
    open.delete(this);
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(near: Socket): void {
    const far = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => this.sockets.delete(socket));
    }
  }
}

/** Closes what was opened. For `afterEach`. */
export async function closeProxies(): Promise<void> {
  await Promise.all([...open].map((proxy) => proxy.close()));
}

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const open = new Set<Proxy>();

/** A TCP proxy, as a load balancer has it: each new connection goes to the target of that time, and stays there. */
export class Proxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();

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

  get connectionCount(): number {
    return this.pairs.size;
  }

  /**
   * From now on no byte passes, and nobody is told of it, as when a cable is cut: what the two sides send is taken off
   * them, and lost.
   */
  swallow(): void {
    for (const pair of this.pairs) {
      for (const socket of pair) {
        socket.unpipe();
        socket.resume();
      }
    }
  }

  async close(): Promise<void> {
    open.delete(this);
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(near: Socket): void {
    const far = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    const pair = [near, far] as const;
    this.pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const [socket, other] of [pair, [far, near] as const]) {
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.pairs.delete(pair);
        // What it has sent last is still on its way through.
        if (socket.errored) other.destroy();
      });
    }
  }
}

/** Closes what was opened. For `afterEach`. */
export async function closeProxies(): Promise<void> {
  await Promise.all([...open].map((proxy) => proxy.close()));
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const open = new Set<TcpProxy>();

/** Stands between clients and a server. What becomes of the bytes is up to the kind of proxy. */
export abstract class TcpProxy {
  protected readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly allowHalfOpen: boolean;

  /**
   * @param target The port that new connections go to.
   * @param allowHalfOpen Whether one direction may end before the other. Otherwise a connection that is closed on one side
   *   is closed on both.
   */
  constructor(
    public target: number,
    { allowHalfOpen = false } = {},
  ) {
    this.allowHalfOpen = allowHalfOpen;
    this.server = createServer({ allowHalfOpen }, (client) => this.accept(client));
    open.add(this);
  }

  static async to<Kind extends TcpProxy>(this: new (target: number) => Kind, target: number): Promise<Kind> {
    const proxy = new this(target);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    open.delete(this);
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Passes on what both say. */
  protected abstract relay(client: Socket, server: Socket): void;

  private accept(client: Socket): void {
    const { allowHalfOpen, sockets, target } = this;
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        if (!allowHalfOpen) other.destroy();
      });
    }
    this.relay(client, server);
  }
}

/** Closes what was opened. For `afterEach`. */
export async function closeProxies(): Promise<void> {
  await Promise.all([...open].map((proxy) => proxy.close()));
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How a connection is cut: as by a process that closes it, or as by one that has crashed. */
export type CutBy = 'FIN' | 'RST';

/** So that what was passed on is read before the RST comes. */
const BEFORE_RST = 5;

const open: CuttingProxy[] = [];

/** Stands between a client and a server, and cuts connections in the middle of what the server says. */
export class CuttingProxy {
  private readonly sockets: Socket[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (client: Socket) => this.accept(client));
    open.push(this);
  }

  /** How many bytes of the server's are passed on; then the connection is cut. */
  limit = Infinity;
  by: CutBy = 'FIN';

  static async before(target: { readonly port: number }): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server, target.port);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts what is connected now. */
  cut(): void {
    for (const socket of this.sockets) socket.end();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private accept(client: Socket): void {
    const { by, limit } = this;
    const server = connect(this.target, '127.0.0.1');
    this.sockets.push(client, server);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    client.pipe(server, { end: false });
    let passed = 0;
    server.on('data', (chunk) => {
      const part = chunk.subarray(0, limit - passed);
      passed += part.length;
      if (part.length > 0) client.write(part);
      if (passed < limit) return;
      server.removeAllListeners('data').resume();
      if (by === 'FIN') client.end();
      else setTimeout(() => client.resetAndDestroy(), BEFORE_RST);
    });
  }
}

/** Ends what still stands. For `afterEach`. */
export function closeCuttingProxies(): void {
  for (const proxy of open.splice(0)) proxy.close();
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { turn } from './turn.js';

const open: DrippingProxy[] = [];

/** Stands between a client and a server, and passes on what the server says a byte at a time. */
export class DrippingProxy {
  private readonly sockets: Socket[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (client: Socket) => this.accept(client));
    open.push(this);
  }

  static async before(target: { readonly port: number }): Promise<DrippingProxy> {
    const server = createServer();
    const proxy = new DrippingProxy(server, target.port);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    this.sockets.push(client, server);
    client.setNoDelay(true);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    client.pipe(server);
    void this.drip(server, client);
  }

  private async drip(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let i = 0; i < chunk.length && !to.destroyed; i++) {
          to.write(chunk.subarray(i, i + 1));
          // So that the other side reads it before the next one is there.
          await turn();
        }
      }
    } catch {
      // A connection that was cut has nothing more to pass on.
    }
  }
}

/** Closes what was opened. For `afterEach`. */
export async function closeDrippingProxies(): Promise<void> {
  for (const proxy of open.splice(0)) await proxy.close();
}

import type { Socket } from 'node:net';

import { TcpProxy } from '../../support/tcp-proxy.js';

/** A TCP proxy, as a load balancer has it: each new connection goes to the target of that time, and stays there. */
export class Proxy extends TcpProxy {
  constructor(target: number) {
    super(target, { allowHalfOpen: true });
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

  protected override relay(client: Socket, server: Socket): void {
    client.pipe(server);
    server.pipe(client);
  }
}

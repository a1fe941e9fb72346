import type { Socket } from 'node:net';

import { TcpProxy } from '../../support/tcp-proxy.js';

/** How a connection is cut: as by a process that closes it, or as by one that has crashed. */
export type CutBy = 'FIN' | 'RST';

/** So that what was passed on is read before the RST comes. */
const BEFORE_RST = 5;

/** Cuts connections in the middle of what the server says. */
export class CuttingProxy extends TcpProxy {
  /** How many bytes of the server's are passed on; then the connection is cut. */
  limit = Infinity;
  by: CutBy = 'FIN';

  /** Cuts what is connected now. */
  cut(): void {
    for (const socket of this.sockets) socket.end();
  }

  protected override relay(client: Socket, server: Socket): void {
    const { by, limit } = this;
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

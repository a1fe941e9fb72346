import type { Socket } from 'node:net';

import { TcpProxy } from './tcp-proxy.js';
import { turn } from './turn.js';

/** Passes on what the server says a byte at a time. */
export class DrippingProxy extends TcpProxy {
  protected override relay(client: Socket, server: Socket): void {
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

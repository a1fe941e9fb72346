import { MemoryPipe, type Wire } from './memory-pipe.js';
import { type MemorySocket, type SocketPeer, systemError } from './memory-socket.js';

/** A connection between two sockets in memory, and what can happen to it. */
export class MemoryLink {
  private readonly toServer: MemoryPipe;
  private readonly toClient: MemoryPipe;

  constructor(
    private readonly wire: Wire,
    readonly client: MemorySocket,
    readonly server: MemorySocket,
    private readonly onClosed: (link: MemoryLink) => void,
  ) {
    this.toServer = new MemoryPipe(wire, server);
    this.toClient = new MemoryPipe(wire, client);
    client.join(this.toServer, this.toClient, this.peerOf(server, this.toServer));
    server.join(this.toClient, this.toServer, this.peerOf(client, this.toClient));
  }

  /** Both ends find it reset (ECONNRESET), at once. What is on the way is lost. */
  cut(): void {
    this.toServer.break();
    this.toClient.break();
    for (const socket of [this.client, this.server]) socket.destroy(systemError('ECONNRESET', 'read'));
  }

  /** Nothing arrives any more, and nobody is told: a black hole, until {@link flow}. */
  stall(): void {
    this.toServer.stall();
    this.toClient.stall();
  }

  /** Ends a {@link stall}: all that was on the way arrives. */
  flow(): void {
    this.toServer.unstall();
    this.toClient.unstall();
  }

  private peerOf(other: MemorySocket, outgoing: MemoryPipe): SocketPeer {
    const reset = (): void => {
      if (!other.destroyed) other.destroy(systemError('ECONNRESET', 'read'));
    };
    return {
      closed: (lost) => {
        if (this.client.destroyed && this.server.destroyed) this.onClosed(this);
        // Behind what was sent before; a reset as soon as it can be there.
        if (lost) this.wire.afterLatency(reset);
        else outgoing.finish();
      },
      cameTooLate: () => this.wire.afterLatency(reset),
    };
  }
}

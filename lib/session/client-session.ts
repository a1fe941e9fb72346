import type { Socket } from 'node:net';

import { Connection, type ConnectionLimits, type Receiver } from '../connection/index.js';
import type { Codec, Message } from '../contract/index.js';
import { type Clock, Requester } from '../rpc/index.js';
import { within } from './within.js';

/** One connection to a server and the calls on it. */
export class ClientSession implements Receiver {
  readonly requester: Requester;
  private readonly connection: Connection;

  constructor(
    readonly socket: Socket,
    codec: Codec,
    limits: ConnectionLimits,
    streamLimit: number,
    private readonly clock: Clock,
    private readonly onClosed: (session: ClientSession, cause: Error | undefined) => void,
  ) {
    this.connection = new Connection(socket, codec, limits);
    this.requester = new Requester(this.connection, streamLimit, clock);
    this.connection.start(this, { pauseReading: false });
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  receive(message: Message): void {
    this.requester.receive(message);
  }

  roomAgain(): void {
    this.requester.roomAgain();
  }

  closed(cause: Error | undefined): void {
    this.requester.closed(cause);
    this.onClosed(this, cause);
  }

  /** Gives the calls in flight `gracePeriod` milliseconds to end, and closes. */
  async close(gracePeriod: number): Promise<void> {
    if (gracePeriod > 0) await within(gracePeriod, this.requester.idle(), this.clock);
    if (this.requester.inFlightCount > 0) this.connection.destroy();
    await this.connection.end();
  }
}

import type { Socket } from 'node:net';

import { Connection, type ConnectionLimits, type Receiver } from '../connection/index.js';
import type { Contract, Message } from '../contract/index.js';
import { type Clock, ReplyNumbers, Requester } from '../rpc/index.js';
import type { MessageId } from '../wire/index.js';
import { within } from './within.js';

/** One connection to a server and the calls on it. */
export class ClientSession implements Receiver {
  readonly requester: Requester;
  /** It has been greeted, and calls may use it. */
  isReady = false;
  private readonly connection: Connection;
  private readonly numbers: ReplyNumbers | undefined;

  constructor(
    readonly socket: Socket,
    contract: Contract,
    limits: ConnectionLimits,
    streamLimit: number,
    private readonly clock: Clock,
    private readonly onClosed: (session: ClientSession, cause: Error | undefined) => void,
  ) {
    this.connection = new Connection(socket, contract.replies, contract.requests, limits);
    this.numbers = contract.withoutIds ? new ReplyNumbers(this.connection) : undefined;
    this.requester = new Requester(this.numbers ?? this.connection, streamLimit, clock);
    this.connection.start(this, { pauseReading: false });
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  receive(message: Message): void {
    this.requester.receive(this.numbers ? this.numbers.name(message) : message);
  }

  routeOf(id: MessageId): string | undefined {
    return this.numbers ? this.numbers.headRoute : this.requester.routeOf(id);
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

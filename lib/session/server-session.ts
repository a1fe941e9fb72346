import type { Socket } from 'node:net';

import { Connection, type ConnectionLimits, type Receiver } from '../connection/index.js';
import type { Contract, Message } from '../contract/index.js';
import { type CallHandler, type CallLimits, type Clock, RequestNumbers, Responder } from '../rpc/index.js';
import { within } from './within.js';

/** Makes what answers the calls of one connection. @param end Closes it, once what was sent has left. */
export type MakeHandler = (socket: Socket, end: () => void) => CallHandler;

/** One accepted connection and the calls on it. */
export class ServerSession implements Receiver {
  readonly responder: Responder;
  private readonly connection: Connection;
  private readonly numbers: RequestNumbers | undefined;

  constructor(
    socket: Socket,
    contract: Contract,
    limits: ConnectionLimits & CallLimits,
    handler: MakeHandler,
    streamLimit: number,
    private readonly clock: Clock,
    private readonly onClosed: (session: ServerSession, cause: Error | undefined) => void,
  ) {
    this.connection = new Connection(socket, contract.requests, contract.replies, limits);
    this.numbers = contract.withoutIds ? new RequestNumbers() : undefined;
    this.responder = new Responder(
      this.connection,
      handler(socket, () => void this.connection.end()),
      streamLimit,
      clock,
      contract,
      limits,
    );
    this.connection.start(this, { pauseReading: true });
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  receive(message: Message, length: number): void {
    this.responder.receive(this.numbers ? this.numbers.name(message) : message, length);
  }

  /** Only the decoders of replies ask. */
  routeOf(): undefined {
    return undefined;
  }

  roomAgain(): void {
    this.responder.roomAgain();
  }

  closed(cause: Error | undefined): void {
    this.responder.closed(cause);
    this.onClosed(this, cause);
  }

  /** Refuses new calls, gives those in flight `gracePeriod` milliseconds to end, and closes. */
  async close(gracePeriod: number): Promise<void> {
    const drained = this.responder.drain();
    if (gracePeriod > 0) await within(gracePeriod, drained, this.clock);
    if (this.responder.inFlightCount > 0) this.connection.destroy();
    await this.connection.end();
  }
}

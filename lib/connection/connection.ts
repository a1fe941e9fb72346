import type { Socket } from 'node:net';

import type { Decoder, Encoder, Message } from '../contract/index.js';
import { Inbox, type InboxOwner } from './inbox.js';
import type { ConnectionLimits } from './limits.js';
import { endSocket } from './linger.js';
import { Outbox, type OutboxOwner } from './outbox.js';
import type { SendQueues } from './send-queues.js';

// Taken once: fake timers in an application's tests must not hold back the end of a connection.
const nextTick = process.nextTick.bind(process);

/** Who takes what a connection receives. */
export interface Receiver extends InboxOwner {
  /** Calls of this side that are in flight. */
  readonly awaited: number;

  /** There is room to send again, after {@link Connection.hasRoom} was false. */
  roomAgain(): void;

  /** The connection is gone; called once. No cause: the peer closed it in good order, or this side did. */
  closed(cause: Error | undefined): void;
}

/**
 * ```
 *          end()            socket closed
 *   open --------> ending ----------------> closed
 *     \                                    ^
 *      `---- destroy(), socket closed ----'
 * ```
 * `open` sends and receives. `ending` has flushed, has said FIN, and waits for the peer's. Every way to `closed` leads
 * through the socket's `close` event, where the receiver is told, once.
 */
type State = { is: 'open' } | { is: 'ending' } | { is: 'closed'; cause: Error | undefined };

/** One socket: it turns bytes into messages and back. It knows messages, and nothing of calls. */
export class Connection implements OutboxOwner {
  /** See {@link start}. */
  answers = false;
  private state: State = { is: 'open' };
  private cause: Error | undefined;
  private receiver!: Receiver;
  private inbox!: Inbox;
  private readonly outbox: Outbox;
  private readonly whenClosed: Promise<void>;
  private resolveClosed!: () => void;

  constructor(
    readonly socket: Socket,
    private readonly incoming: Decoder,
    outgoing: Encoder,
    private readonly limits: ConnectionLimits,
    queues?: SendQueues,
  ) {
    this.outbox = new Outbox(socket, outgoing, limits, this, queues);
    this.whenClosed = new Promise((resolve) => (this.resolveClosed = resolve));
  }

  /**
   * Begins to receive.
   *
   * @param answers Whether this side answers its peer. Then it reads nothing while there is no room to send: a peer that
   *   does not take its replies gets no more of them made. Were both sides to do it, they could wait for each other for
   *   ever.
   */
  start(receiver: Receiver, { answers }: { answers: boolean }): void {
    const { incoming, limits, socket } = this;
    this.receiver = receiver;
    this.answers = answers;
    const inbox = new Inbox(socket, incoming, receiver, limits, (cause) => this.destroy(cause));
    this.inbox = inbox;
    // A small message would wait for the acknowledgement of the one before it.
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => inbox.read(chunk));
    socket.on('drain', () => this.unblock());
    // As upstream: a peer that says FIN wants nothing more, not even the replies it has asked for.
    socket.on('end', () => {
      inbox.readRest();
      socket.destroy();
    });
    socket.on('error', (error: Error) => (this.cause ??= error));
    socket.on('close', () => this.leaveFor({ is: 'closed', cause: this.cause }));
    if (socket.destroyed) nextTick(() => this.leaveFor({ is: 'closed', cause: this.cause }));
  }

  get lastRead(): number {
    return this.inbox.lastRead;
  }

  get awaited(): number {
    return this.receiver.awaited;
  }

  get isOpen(): boolean {
    return this.state.is === 'open' && !this.socket.destroyed;
  }

  /** Whether the peer keeps up: false while what was sent waits in this process. */
  get hasRoom(): boolean {
    return !this.outbox.isBlocked;
  }

  /** How often what had gathered was handed to the socket. */
  get flushes(): number {
    return this.outbox.flushes;
  }

  /**
   * Sends `message` by the end of this tick, and answers its length in bytes.
   *
   * @throws NotSerializableError, MessageTooLargeError from the codec. Where it has already committed a frame, the
   *   connection is closed.
   * @throws ResourceExhaustedError when `maxSendBufferSize` is reached. What makes no work for the peer is sent all the
   *   same, and so is what tells it of a failure.
   */
  send(message: Message): number {
    return this.outbox.send(message);
  }

  /** Puts `message` into bytes now, for {@link sendEncoded} when its turn has come. Throws as {@link send} does. */
  encode(message: Message): Buffer {
    return this.outbox.encode(message);
  }

  /** Sends what {@link encode} made: who held it back has bounded it. */
  sendEncoded(frames: Buffer): number {
    return this.outbox.sendEncoded(frames);
  }

  /** Sends what waits, then says FIN. Resolves when the connection is closed: a peer that does not take it is cut. */
  end(): Promise<void> {
    if (this.isOpen) {
      this.outbox.flush();
      this.leaveFor({ is: 'ending' });
      // An ended socket says no more that it has room, and a paused one would not hear the peer's FIN.
      this.inbox.release();
      endSocket(this.socket);
    }
    return this.whenClosed;
  }

  /** Closes at once. What waits to be sent is dropped. */
  destroy(cause?: Error): void {
    this.cause ??= cause;
    this.socket.destroy();
  }

  /** For the outbox to tell. */
  blocked(): void {
    if (this.answers) this.inbox.hold();
  }

  private unblock(): void {
    if (!this.outbox.isBlocked) return;
    this.outbox.unblock();
    this.inbox.release();
    this.receiver.roomAgain();
  }

  private leaveFor(next: State): void {
    if (this.state.is === 'closed') return;
    this.state = next;
    if (next.is !== 'closed') return;
    this.inbox.close();
    this.outbox.close();
    this.resolveClosed();
    this.receiver.closed(next.cause);
  }
}

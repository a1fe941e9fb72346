import type { Socket } from 'node:net';

import { type Calls, type Decoder, type Encoder, isBare, type Message } from '../contract/index.js';
import {
  NotSerializableError,
  ProtocolViolationError,
  ProtosocketError,
  ResourceExhaustedError,
} from '../errors/index.js';
import { ControlCode, Found, FrameDecoder, type FrameSink } from '../wire/index.js';
import { EncodedFrame } from './encoded-frame.js';
import { FrameTimer } from './frame-timer.js';
import type { ConnectionLimits } from './limits.js';
import { endSocket } from './linger.js';
import { SendBuffer } from './send-buffer.js';
import type { SendQueues } from './send-queues.js';
import { Slice } from './slice.js';

// Taken once: fake timers in an application's tests must not hold back the bytes of a connection.
const nextTick = process.nextTick.bind(process);

/**
 * A write is not put off to the end of the tick once this much has gathered, so that the peer works on the first
 * messages while this side makes the next.
 */
const EARLY_FLUSH = 2 * 1024;

/** Who takes what a connection receives. */
export interface Receiver extends Calls {
  /** A message came in, in a frame of `length` bytes. */
  receive(message: Message, length: number): void;

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
export class Connection {
  private state: State = { is: 'open' };
  private cause: Error | undefined;
  private receiver!: Receiver;
  private readonly decoder: FrameDecoder;
  private readonly sendBuffer: SendBuffer;
  private flushScheduled = false;
  /** How often what had gathered was handed to the socket. */
  flushes = 0;
  /** The kernel took no more; the socket will say when it does. */
  private blocked = false;
  private pauseReading = false;
  private readonly slice = new Slice(() => this.sliced && this.readOn());
  /** There are messages left of what was read last, which have to wait for their turn. */
  private sliced = false;
  private readonly frameTimer: FrameTimer;
  private readonly whenClosed: Promise<void>;
  private resolveClosed!: () => void;

  constructor(
    readonly socket: Socket,
    private readonly incoming: Decoder,
    private readonly outgoing: Encoder,
    private readonly limits: ConnectionLimits,
    private readonly queues?: SendQueues,
  ) {
    this.decoder = new FrameDecoder(incoming.measure.bind(incoming), limits.maxBufferSize);
    this.sendBuffer = new SendBuffer(limits.maxBufferSize);
    const { incompleteMessageTimeout } = limits;
    this.frameTimer = new FrameTimer(incompleteMessageTimeout, () => {
      this.destroy(new ProtocolViolationError(`The peer took over ${incompleteMessageTimeout} ms for one frame`));
    });
    this.whenClosed = new Promise((resolve) => (this.resolveClosed = resolve));
  }

  /**
   * Begins to receive.
   *
   * @param pauseReading Read nothing while there is no room to send. For the side that answers: a peer that does not
   *   take its replies gets no more of them made. Were both sides to do it, they could wait for each other for ever.
   */
  start(receiver: Receiver, { pauseReading }: { pauseReading: boolean }): void {
    this.receiver = receiver;
    this.pauseReading = pauseReading;
    const { socket } = this;
    // A small message would wait for the acknowledgement of the one before it.
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('drain', () => this.unblock());
    socket.on('timeout', () => this.expire());
    // As upstream: a peer that says FIN wants nothing more, not even the replies it has asked for.
    socket.on('end', () => {
      this.readRest();
      socket.destroy();
    });
    socket.on('error', (error: Error) => (this.cause ??= error));
    socket.on('close', () => this.leaveFor({ is: 'closed', cause: this.cause }));
    if (socket.destroyed) nextTick(() => this.leaveFor({ is: 'closed', cause: this.cause }));
  }

  get isOpen(): boolean {
    return this.state.is === 'open' && !this.socket.destroyed;
  }

  /** Whether the peer keeps up: false while what was sent waits in this process. */
  get hasRoom(): boolean {
    return !this.blocked;
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
    if (this.blocked && message.code === ControlCode.Normal) this.assertTakes(message);
    const before = this.sendBuffer.pending;
    try {
      this.encodeTo(this.sendBuffer, message);
    } catch (error) {
      // The peer would take what is sent next for the rest of it.
      if (this.sendBuffer.pending > before) this.destroy(error as Error);
      throw error;
    }
    return this.queued(this.sendBuffer.pending - before);
  }

  /** Puts `message` into bytes now, for {@link sendEncoded} when its turn has come. Throws as {@link send} does. */
  encode(message: Message): Buffer {
    const frame = new EncodedFrame(this.limits.maxBufferSize);
    this.encodeTo(frame, message);
    return frame.whole;
  }

  /** Sends what {@link encode} made: who held it back has bounded it. */
  sendEncoded(frames: Buffer): number {
    this.sendBuffer.append(frames);
    return this.queued(frames.length);
  }

  /** Sends what waits, then says FIN. Resolves when the connection is closed: a peer that does not take it is cut. */
  end(): Promise<void> {
    if (this.isOpen) {
      this.flush();
      this.leaveFor({ is: 'ending' });
      // An ended socket says no more that it has room, and a paused one would not hear the peer's FIN.
      if (this.sliced) this.slice.awaitTurn();
      else if (this.blocked) this.socket.resume();
      endSocket(this.socket);
    }
    return this.whenClosed;
  }

  /** Closes at once. What waits to be sent is dropped. */
  destroy(cause?: Error): void {
    this.cause ??= cause;
    this.socket.destroy();
  }

  private encodeTo(sink: FrameSink, message: Message): void {
    try {
      this.outgoing.encode(message, sink);
    } catch (error) {
      if (error instanceof ProtosocketError) throw error;
      throw new NotSerializableError(`The message cannot be put into bytes: ${String(error)}`, error);
    }
  }

  private read(chunk: Buffer): void {
    this.decoder.push(chunk);
    this.readSlice();
  }

  private readSlice(isLast = false): void {
    const { decoder, receiver, slice } = this;
    let complete = false;
    try {
      for (;;) {
        if (slice.isUsedUp && !isLast) {
          this.putOff();
          return;
        }
        const found = decoder.next();
        if (found === Found.NeedMore) break;
        if (found === Found.Violation) throw decoder.violation!;
        complete = true;
        slice.take();
        const { bytes, start, end } = decoder;
        receiver.receive(this.incoming.decode(bytes, start, end, receiver), end - start);
        if (this.socket.destroyed) return;
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new ProtocolViolationError(String(error)));
      return;
    }
    this.frameTimer.read(complete, decoder.hasPartial);
    slice.read();
  }

  /** Leaves the rest of what was read to the next turn of the event loop. */
  private putOff(): void {
    this.sliced = true;
    this.frameTimer.stop();
    this.socket.pause();
    this.slice.awaitTurn();
  }

  /** Takes what was put off, unless it has to wait for room: then whoever makes room comes here again. */
  private readOn(): void {
    if (this.socket.destroyed || this.waitsForRoom) return;
    this.sliced = false;
    this.readSlice();
    if (!this.sliced && !this.waitsForRoom) this.socket.resume();
  }

  /** What came before a FIN is taken, turn or no turn: there might be events, which nobody would send again. */
  private readRest(): void {
    if (!this.sliced) return;
    this.sliced = false;
    this.readSlice(true);
  }

  /** Whether nothing is read because nothing can be sent. */
  private get waitsForRoom(): boolean {
    return this.blocked && this.pauseReading && this.state.is === 'open';
  }

  private assertTakes(message: Message): void {
    const { maxSendBufferSize } = this.limits;
    if (maxSendBufferSize === 0 || this.socket.writableLength < maxSendBufferSize) return;
    // The side that answers has to say at least that it cannot.
    if (this.pauseReading && isBare(message)) return;
    throw new ResourceExhaustedError(`Over ${maxSendBufferSize} bytes wait for a peer that does not read`);
  }

  private queued(length: number): number {
    if (this.sendBuffer.pending >= EARLY_FLUSH) {
      this.flush();
    } else if (!this.flushScheduled) {
      this.flushScheduled = true;
      nextTick(() => {
        this.flushScheduled = false;
        this.flush();
      });
    }
    return length;
  }

  private flush(): void {
    const { socket, sendBuffer } = this;
    if (sendBuffer.pending === 0) return;
    const pieces = sendBuffer.take();
    if (this.state.is !== 'open' || socket.destroyed) return;
    this.flushes++;
    let taken = true;
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces) taken = socket.write(piece);
    if (pieces.length > 1) socket.uncork();
    // Nothing waits in the socket: the kernel has it all, and the bytes may be written over.
    if (socket.writableLength === 0) sendBuffer.recycle();
    // A large write answers false even if the kernel took all of it.
    if (!taken && socket.writableLength > 0) this.block();
  }

  private block(): void {
    if (!this.blocked) {
      this.blocked = true;
      // Node's own timer: it alone sees that a part of a large write has left.
      this.socket.setTimeout(this.limits.writeTimeout);
    }
    this.queues?.set(this, this.socket.writableLength);
    if (!this.pauseReading) return;
    this.socket.pause();
    // While nothing is read, the peer cannot be blamed for a frame that does not end.
    this.frameTimer.stop();
  }

  private unblock(): void {
    if (!this.blocked) return;
    this.blocked = false;
    this.socket.setTimeout(0);
    this.queues?.set(this, 0);
    if (this.sliced) {
      this.slice.awaitTurn();
    } else if (this.pauseReading) {
      this.socket.resume();
      this.frameTimer.read(true, this.decoder.hasPartial);
    }
    this.receiver.roomAgain();
  }

  private expire(): void {
    if (!this.blocked || this.state.is !== 'open') return;
    const { writeTimeout } = this.limits;
    this.destroy(new ResourceExhaustedError(`The peer took nothing for ${writeTimeout} ms of what waits for it`));
  }

  private leaveFor(next: State): void {
    if (this.state.is === 'closed') return;
    this.state = next;
    if (next.is !== 'closed') return;
    this.frameTimer.stop();
    this.queues?.set(this, 0);
    this.resolveClosed();
    this.receiver.closed(next.cause);
  }
}

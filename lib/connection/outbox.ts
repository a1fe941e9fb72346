import type { Socket } from 'node:net';

import { type Encoder, isBare, type Message } from '../contract/index.js';
import { NotSerializableError, ProtosocketError, ResourceExhaustedError, textOf } from '../errors/index.js';
import { ControlCode, type FrameSink } from '../wire/index.js';
import { EncodedFrame } from './encoded-frame.js';
import type { ConnectionLimits } from './limits.js';
import { MIN_FIRST_PIECE, pieceSize, type Sender } from './piece-size.js';
import { SendBuffer } from './send-buffer.js';
import type { SendQueues } from './send-queues.js';
import { WriteTimer } from './write-timer.js';

// Taken once: fake timers in an application's tests must not hold back the bytes of a connection.
const nextTick = process.nextTick.bind(process);

/** Whose messages these are. */
export interface OutboxOwner extends Sender {
  /** Whether the socket still takes something. */
  readonly isOpen: boolean;
  /** The kernel takes no more. */
  blocked(): void;
  destroy(cause: Error): void;
}

/** What a socket is to send: put into bytes, gathered within a tick, and counted while the peer does not take it. */
export class Outbox {
  /** How often what had gathered was handed to the socket. */
  flushes = 0;
  /** The kernel took no more; the socket will say when it does. */
  isBlocked = false;
  private readonly buffer: SendBuffer;
  private readonly writeTimer: WriteTimer;
  private flushScheduled = false;
  /** What has gathered. */
  private messages = 0;
  /** Bytes that do not wait for the end of the tick. */
  private piece = MIN_FIRST_PIECE;
  /** How many pieces did not. */
  private pieces = 0;

  /** @param queues of all connections of a server. */
  constructor(
    private readonly socket: Socket,
    private readonly encoder: Encoder,
    private readonly limits: ConnectionLimits,
    private readonly owner: OutboxOwner,
    private readonly queues: SendQueues | undefined,
  ) {
    this.buffer = new SendBuffer(limits.maxBufferSize);
    this.writeTimer = new WriteTimer(socket, limits.writeTimeout, () => this.expire());
  }

  /** See `Connection.send`. */
  send(message: Message): number {
    const { buffer } = this;
    if (this.isBlocked && message.code === ControlCode.Normal) this.assertTakes(message);
    // A getter of what is written may send another message, which counts for itself, and may have all leave that waits.
    const outer = buffer.committed;
    let length: number;
    buffer.committed = 0;
    try {
      this.encodeTo(buffer, message);
    } catch (error) {
      // The peer would take what is sent next for the rest of it.
      if (buffer.committed > 0) this.owner.destroy(error as Error);
      throw error;
    } finally {
      length = buffer.committed;
      buffer.committed = outer;
    }
    return this.queued(length);
  }

  encode(message: Message): Buffer {
    const frame = new EncodedFrame(this.limits.maxBufferSize);
    this.encodeTo(frame, message);
    return frame.whole;
  }

  sendEncoded(frames: Buffer): number {
    this.buffer.append(frames);
    return this.queued(frames.length);
  }

  /** Hands what has gathered to the socket. */
  flush(): void {
    const { buffer, socket } = this;
    if (buffer.pending === 0) return;
    this.piece = pieceSize(this.owner, buffer.pending / this.messages, this.pieces);
    this.messages = 0;
    const pieces = buffer.take();
    if (!this.owner.isOpen) return;
    this.flushes++;
    let taken = true;
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces) taken = socket.write(piece);
    if (pieces.length > 1) socket.uncork();
    // Nothing waits in the socket: the kernel has it all, and the bytes may be written over.
    if (socket.writableLength === 0) buffer.recycle();
    // A large write answers false even if the kernel took all of it.
    if (!taken && socket.writableLength > 0) this.block();
  }

  /** The kernel takes more. */
  unblock(): void {
    this.isBlocked = false;
    this.writeTimer.stop();
    this.queues?.set(this.owner, 0);
    // As after a flush: what was too much for the kernel then has left now.
    if (this.socket.writableLength === 0) this.buffer.recycle();
  }

  /** The socket is gone. */
  close(): void {
    this.queues?.set(this.owner, 0);
  }

  private encodeTo(sink: FrameSink, message: Message): void {
    try {
      this.encoder.encode(message, sink);
    } catch (error) {
      if (error instanceof ProtosocketError) throw error;
      throw new NotSerializableError(`The message cannot be put into bytes: ${textOf(error)}`, error);
    }
  }

  private assertTakes(message: Message): void {
    const { maxSendBufferSize } = this.limits;
    if (maxSendBufferSize === 0 || this.socket.writableLength < maxSendBufferSize) return;
    // It has to say at least that it cannot answer.
    if (this.owner.answers && isBare(message)) return;
    throw new ResourceExhaustedError(`Over ${maxSendBufferSize} bytes wait for a peer that does not read`);
  }

  private queued(length: number): number {
    this.messages++;
    if (this.buffer.pending >= this.piece) {
      this.pieces++;
      this.flush();
    } else if (!this.flushScheduled) {
      this.flushScheduled = true;
      nextTick(() => {
        this.flushScheduled = false;
        this.pieces = 0;
        this.flush();
      });
    }
    return length;
  }

  private block(): void {
    if (!this.isBlocked) {
      this.isBlocked = true;
      this.writeTimer.start();
    }
    this.queues?.set(this.owner, this.socket.writableLength);
    this.owner.blocked();
  }

  private expire(): void {
    if (!this.isBlocked || !this.owner.isOpen) return;
    const { writeTimeout } = this.limits;
    this.owner.destroy(new ResourceExhaustedError(`The peer took nothing for ${writeTimeout} ms of what waits for it`));
  }
}

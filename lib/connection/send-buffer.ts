import { MessageTooLargeError } from '../errors/index.js';
import type { FrameSink } from '../wire/index.js';

/** A slab begins small, since a connection may be idle, and 10,000 of them have one each; those of a busy one grow. */
const FIRST_SLAB = 4 * 1024;
const MAX_SLAB = 64 * 1024;
const NO_SLAB = Buffer.alloc(0);

/**
 * Gathers the frames of a tick, one behind another, so that they leave in one write.
 *
 * Frames are written into a slab. Once all that was taken from it has left the process, {@link recycle} starts the same
 * slab over: on a connection that keeps up, nothing is allocated. A slab that is full before that is left to the socket,
 * and a new one begun.
 */
export class SendBuffer implements FrameSink {
  bytes: Buffer = NO_SLAB;
  /** Bytes committed and not yet taken. */
  pending = 0;
  /** Bytes committed of the message that is being written, whether or not they have been taken meanwhile. */
  committed = 0;

  private filled: Buffer[] = [];
  private slabLength = FIRST_SLAB;
  private begin = 0;
  private end = 0;

  /** @param maxFrameLength in bytes, prefix included. */
  constructor(private readonly maxFrameLength: number) {}

  reserve(length: number): number {
    if (length > this.maxFrameLength) {
      throw new MessageTooLargeError(`The message has ${length} bytes, and maxBufferSize is ${this.maxFrameLength}`);
    }
    if (this.end + length > this.bytes.length) {
      this.setAside();
      // Allocated apart from Node's pool, which other buffers of the process share.
      this.bytes = Buffer.allocUnsafeSlow(Math.max(length, this.slabLength));
      this.slabLength = Math.min(this.slabLength * 2, MAX_SLAB);
      this.begin = this.end = 0;
    }
    return this.end;
  }

  commit(end: number): void {
    const length = end - this.end;
    this.pending += length;
    this.committed += length;
    this.end = end;
  }

  /** Takes frames that are bytes already, without a copy. */
  append(frames: Buffer): void {
    this.setAside();
    this.filled.push(frames);
    this.pending += frames.length;
  }

  /** All that was committed since the last take, in order. */
  take(): Buffer[] {
    this.setAside();
    const taken = this.filled;
    this.filled = [];
    this.pending = 0;
    return taken;
  }

  /** To be called when everything taken so far has left: its bytes may be written over. */
  recycle(): void {
    if (this.pending > 0) return;
    // An outsized slab served one large message; kept, it would hold its memory for as long as the connection lives.
    if (this.bytes.length > MAX_SLAB) this.bytes = NO_SLAB;
    this.begin = this.end = 0;
  }

  private setAside(): void {
    if (this.end > this.begin) this.filled.push(this.bytes.subarray(this.begin, this.end));
    this.begin = this.end;
  }
}

import { MessageTooLargeError } from '../errors/index.js';
import type { FrameSink } from '../wire/index.js';

/** A sink for one message that has to wait for its turn: its frames end up in a buffer of their own. */
export class EncodedFrame implements FrameSink {
  bytes: Buffer = Buffer.alloc(0);
  private frames: Buffer[] = [];
  /** Up to where the latest reservation is committed. */
  private end = 0;

  constructor(private readonly maxFrameLength: number) {}

  reserve(length: number): number {
    if (length > this.maxFrameLength) {
      throw new MessageTooLargeError(`The message has ${length} bytes, and maxBufferSize is ${this.maxFrameLength}`);
    }
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.end = 0;
    return 0;
  }

  commit(end: number): void {
    this.frames.push(this.bytes.subarray(this.end, end));
    this.end = end;
  }

  get whole(): Buffer {
    return this.frames.length === 1 ? this.frames[0]! : Buffer.concat(this.frames);
  }
}

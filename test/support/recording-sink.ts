import { MessageTooLargeError } from '../../lib/errors/index.js';
import type { FrameSink } from '../../lib/wire/index.js';

/** A sink that tells what was asked of it. */
export class RecordingSink implements FrameSink {
  bytes: Buffer = Buffer.alloc(0);
  readonly reserved: number[] = [];
  readonly committed: Buffer[] = [];
  private at = 0;

  /** @param offset where in its buffer it makes room. */
  constructor(
    private readonly maxLength = Infinity,
    private readonly offset = 0,
  ) {}

  reserve(length: number): number {
    this.reserved.push(length);
    if (length > this.maxLength) throw new MessageTooLargeError(`${length} bytes are too many`);
    this.bytes = Buffer.alloc(this.offset + length);
    this.at = this.offset;
    return this.at;
  }

  commit(end: number): void {
    this.committed.push(this.bytes.subarray(this.at, end));
    this.at = end;
  }
}

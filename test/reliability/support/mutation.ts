import { Random } from '../../../lib/testing/random.js';

/** Draws what may happen to bytes. */
export class Mutation extends Random {
  oneOf<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  /** `given` with one to three things wrong in it; `other` may be mixed in. */
  mutate(given: Buffer, other: Buffer): Buffer {
    let bytes: Buffer = Buffer.from(given);
    for (let times = 1 + this.below(3); times > 0; times--) bytes = this.mutateOnce(bytes, other);
    return bytes;
  }

  /** `bytes` in chunks of random sizes, now and then byte by byte; each a buffer of its own, as a socket has it. */
  *chunks(bytes: Buffer): Generator<Buffer> {
    const most = this.below(40) === 0 ? 1 : bytes.length;
    for (let start = 0; start < bytes.length;) {
      const size = most === 1 ? 1 : 1 + this.below(most);
      yield Buffer.from(bytes.subarray(start, start + size));
      start += size;
    }
  }

  private mutateOnce(bytes: Buffer, other: Buffer): Buffer {
    const at = this.below(bytes.length);
    const head = bytes.subarray(0, at);
    switch (this.below(7)) {
      case 0:
        if (bytes.length > 0) bytes[at]! ^= 1 << this.below(8);
        return bytes;
      case 1:
        if (bytes.length > 0) bytes[at] = this.oneOf([0, 1, 0x7f, 0x80, 0xc1, 0xce, 0xdd, 0xff]);
        return bytes;
      case 2:
        return Buffer.concat([head, bytes.subarray(at + 1 + this.below(8))]);
      case 3:
        return Buffer.concat([head, Buffer.from([this.below(256)]), bytes.subarray(at)]);
      case 4:
        return Buffer.from(head);
      case 5:
        return Buffer.concat([head, other.subarray(this.below(other.length))]);
      default:
        // The bytes of a varint that is longer than any, or of a length that is.
        return Buffer.concat([head, Buffer.alloc(1 + this.below(11), 0xff), bytes.subarray(at)]);
    }
  }
}

import { isUtf8 } from 'node:buffer';

import { ProtocolViolationError } from '../../errors/index.js';
import { endOfValue } from './end-of-value.js';
import { Place } from './place.js';

const LOW_BITS = 0x1_0000_0000;

/**
 * Reads the values of one message, one after another. It does not look at bounds: {@link endOfValue} has.
 *
 * Each method takes the next value when it is of that type. Otherwise it answers `undefined`, and the value is still the
 * next.
 */
export class Reader {
  readonly place: Place;

  constructor(
    private readonly bytes: Buffer,
    private offset: number,
    message: string,
  ) {
    this.place = new Place(message);
  }

  /** Whether it was nil. */
  nil(): boolean {
    if (this.bytes[this.offset] !== 0xc0) return false;
    this.offset++;
    return true;
  }

  boolean(): boolean | undefined {
    const tag = this.bytes[this.offset];
    if (tag !== 0xc2 && tag !== 0xc3) return undefined;
    this.offset++;
    return tag === 0xc3;
  }

  /** A number up to 2^53-1, and a bigint beyond. */
  integer(): number | bigint | undefined {
    const { bytes, offset } = this;
    const tag = bytes[offset]!;
    if (tag < 0x80) return this.after(1, tag);
    if (tag >= 0xe0) return this.after(1, tag - 0x100);
    switch (tag) {
      case 0xcc:
        return this.after(2, bytes[offset + 1]!);
      case 0xcd:
        return this.after(3, bytes.readUInt16BE(offset + 1));
      case 0xce:
        return this.after(5, bytes.readUInt32BE(offset + 1));
      case 0xcf: {
        const high = bytes.readUInt32BE(offset + 1);
        const low = bytes.readUInt32BE(offset + 5);
        return this.after(9, high < 0x20_0000 ? high * LOW_BITS + low : (BigInt(high) << 32n) | BigInt(low));
      }
      case 0xd0:
        return this.after(2, bytes.readInt8(offset + 1));
      case 0xd1:
        return this.after(3, bytes.readInt16BE(offset + 1));
      case 0xd2:
        return this.after(5, bytes.readInt32BE(offset + 1));
      case 0xd3: {
        const value = bytes.readBigInt64BE(offset + 1);
        return this.after(9, Number.isSafeInteger(Number(value)) ? Number(value) : value);
      }
      default:
        return undefined;
    }
  }

  float(): number | undefined {
    const { bytes, offset } = this;
    switch (bytes[offset]) {
      case 0xca:
        return this.after(5, bytes.readFloatBE(offset + 1));
      case 0xcb:
        return this.after(9, bytes.readDoubleBE(offset + 1));
      default:
        return undefined;
    }
  }

  /** @throws ProtocolViolationError for a text that is no UTF-8, as Rust has no such text. */
  text(): string | undefined {
    const length = this.sized(0xa0, 0x1f, 0xd9);
    if (length === undefined) return undefined;
    const { bytes, offset } = this;
    this.offset = offset + length;
    const text = bytes.toString('utf8', offset, this.offset);
    // What is no UTF-8 became U+FFFD, which is seldom there for itself.
    if (text.includes('\ufffd') && !isUtf8(bytes.subarray(offset, this.offset))) throw this.mismatch('UTF-8');
    return text;
  }

  /** A view of what was received. */
  binary(): Buffer | undefined {
    const length = this.sized(NONE, 0, 0xc4);
    if (length === undefined) return undefined;
    const start = this.offset;
    this.offset += length;
    return this.bytes.subarray(start, this.offset);
  }

  /** How many values follow, which are its items. */
  array(): number | undefined {
    return this.sized(0x90, 0x0f, 0xdb, 0xdc);
  }

  /** How many keys follow, each with its value. */
  map(): number | undefined {
    return this.sized(0x80, 0x0f, 0xdd, 0xde);
  }

  /** Passes over the next value, whatever it is. */
  skip(): void {
    this.offset = endOfValue(this.bytes, this.offset, this.bytes.length, Infinity);
  }

  /** The error for a next value that is not what the contract has there. */
  mismatch(expected: string): ProtocolViolationError {
    return new ProtocolViolationError(
      `The peer sent a frame that is no message of the contract: ${this.place.toString()} has to be ${expected}`,
    );
  }

  private after<Value>(length: number, value: Value): Value {
    this.offset += length;
    return value;
  }

  /**
   * A size, in the tag itself where that is from `short` to `short + mask`, or after it in one byte for `tag8`, in two
   * and four for the tags that follow. There are no arrays and maps whose size is one byte: they begin with `first`.
   */
  private sized(short: number, mask: number, tag8: number, first = tag8): number | undefined {
    const { bytes, offset } = this;
    const tag = bytes[offset]!;
    if ((tag & ~mask) === short) return this.after(1, tag & mask);
    if (tag < first || tag > tag8 + 2) return undefined;
    if (tag === tag8) return this.after(2, bytes[offset + 1]!);
    if (tag === tag8 + 1) return this.after(3, bytes.readUInt16BE(offset + 1));
    return this.after(5, bytes.readUInt32BE(offset + 1));
  }
}

/** No tag. */
const NONE = -1;

import { NotSerializableError } from '../../errors/index.js';
import { Place } from './place.js';

/** What most messages fit into; the room doubles for those that do not. */
const FIRST_ROOM = 1024;
/** The texts with this many bytes or more have a longer header. */
const SHORT_TEXT = 0x20;
const LOW_BITS = 0x1_0000_0000;

export interface WriterOptions {
  /** What it is that is written, for errors. */
  readonly message: string;
  /** Whether structs become maps, in place of arrays. */
  readonly structsAsMaps: boolean;
  /** How many arrays and maps may lie within each other. */
  readonly maxDepth: number;
}

/** Writes the values of a message, one after another, each in its shortest form, as Rust's `rmp` does. */
export class Writer {
  readonly place: Place;
  readonly structsAsMaps: boolean;

  private readonly maxDepth: number;
  private bytes = Buffer.allocUnsafeSlow(FIRST_ROOM);
  private offset = 0;
  private depth = 0;

  constructor({ maxDepth, message, structsAsMaps }: WriterOptions) {
    this.place = new Place(message);
    this.structsAsMaps = structsAsMaps;
    this.maxDepth = maxDepth;
  }

  /** What was written so far: a view. */
  get written(): Buffer {
    return this.bytes.subarray(0, this.offset);
  }

  /** Begins anew. What was written before may be written over. */
  restart(): void {
    this.offset = 0;
  }

  nil(): void {
    this.byte(0xc0);
  }

  boolean(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  /** @param value from -2^63 to 2^64-1; a `number` that is safe. */
  integer(value: number | bigint): void {
    if (typeof value === 'bigint') this.bigInteger(value);
    else if (value >= 0) this.unsigned(value);
    else this.negative(value);
  }

  float32(value: number): void {
    const offset = this.room(5);
    this.bytes[offset] = 0xca;
    this.bytes.writeFloatBE(value, offset + 1);
  }

  float64(value: number): void {
    const offset = this.room(9);
    this.bytes[offset] = 0xcb;
    this.bytes.writeDoubleBE(value, offset + 1);
  }

  /** Half of a surrogate pair becomes U+FFFD: it has no form in UTF-8, and a Rust peer would close the connection. */
  text(value: string): void {
    if (value.length < SHORT_TEXT && this.asciiText(value)) return;
    const length = Buffer.byteLength(value);
    if (length < SHORT_TEXT) this.byte(0xa0 | length);
    else this.size(0xd9, length);
    const offset = this.room(length);
    this.bytes.write(value, offset, length, 'utf8');
  }

  binary(value: Uint8Array): void {
    this.size(0xc4, value.length);
    const offset = this.room(value.length);
    this.bytes.set(value, offset);
  }

  /** Its items are to follow, and then {@link close}. */
  openArray(length: number): void {
    this.open();
    if (length < 0x10) this.byte(0x90 | length);
    else this.size16(0xdc, length);
  }

  /** Its keys, each with its value, are to follow, and then {@link close}. */
  openMap(length: number): void {
    this.open();
    if (length < 0x10) this.byte(0x80 | length);
    else this.size16(0xde, length);
  }

  close(): void {
    this.depth--;
  }

  /** The error for a value that has no form where it stands. Says what it is and not which: it may be a secret. */
  mismatch(expected: string, value: unknown): NotSerializableError {
    return new NotSerializableError(`${this.place.toString()} has to be ${expected}, and is ${described(value)}`);
  }

  /** Whether all of a short `value` is ASCII: then it was written, without a call out of JavaScript. */
  private asciiText(value: string): boolean {
    const { offset } = this;
    const { length } = value;
    const start = this.room(1 + length) + 1;
    const { bytes } = this;
    bytes[start - 1] = 0xa0 | length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.offset = offset;
        return false;
      }
      bytes[start + i] = unit;
    }
    return true;
  }

  private open(): void {
    // A peer that is like this one would refuse it, and with it all other calls of the connection.
    if (++this.depth > this.maxDepth) {
      throw new NotSerializableError(`${this.place.toString()} nests deeper than ${this.maxDepth}, or in itself`);
    }
  }

  private unsigned(value: number): void {
    if (value < 0x80) {
      this.byte(value);
    } else if (value < LOW_BITS) {
      this.size(0xcc, value);
    } else {
      const offset = this.room(9);
      this.bytes[offset] = 0xcf;
      this.bytes.writeUInt32BE(Math.floor(value / LOW_BITS), offset + 1);
      this.bytes.writeUInt32BE(value % LOW_BITS, offset + 5);
    }
  }

  private negative(value: number): void {
    if (value >= -0x20) {
      this.byte(0x100 + value);
    } else if (value >= -0x80) {
      const offset = this.room(2);
      this.bytes[offset] = 0xd0;
      this.bytes.writeInt8(value, offset + 1);
    } else if (value >= -0x8000) {
      const offset = this.room(3);
      this.bytes[offset] = 0xd1;
      this.bytes.writeInt16BE(value, offset + 1);
    } else if (value >= -0x8000_0000) {
      const offset = this.room(5);
      this.bytes[offset] = 0xd2;
      this.bytes.writeInt32BE(value, offset + 1);
    } else {
      this.int64(BigInt(value));
    }
  }

  private bigInteger(value: bigint): void {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
      this.integer(Number(value));
    } else if (value < 0n) {
      this.int64(value);
    } else {
      const offset = this.room(9);
      this.bytes[offset] = 0xcf;
      this.bytes.writeBigUInt64BE(value, offset + 1);
    }
  }

  private int64(value: bigint): void {
    const offset = this.room(9);
    this.bytes[offset] = 0xd3;
    this.bytes.writeBigInt64BE(value, offset + 1);
  }

  /** `tag8` with one byte, or one of the two tags that follow it with two or four. */
  private size(tag8: number, value: number): void {
    if (value >= 0x100) {
      this.size16(tag8 + 1, value);
      return;
    }
    const offset = this.room(2);
    this.bytes[offset] = tag8;
    this.bytes[offset + 1] = value;
  }

  /** `tag16` with two bytes, or the tag that follows it with four. */
  private size16(tag16: number, value: number): void {
    if (value < 0x1_0000) {
      const offset = this.room(3);
      this.bytes[offset] = tag16;
      this.bytes.writeUInt16BE(value, offset + 1);
    } else {
      const offset = this.room(5);
      this.bytes[offset] = tag16 + 1;
      this.bytes.writeUInt32BE(value, offset + 1);
    }
  }

  private byte(value: number): void {
    const offset = this.room(1);
    this.bytes[offset] = value;
  }

  /** Makes room for `length` bytes and answers where: `bytes` may be another buffer afterwards. */
  private room(length: number): number {
    const { offset } = this;
    this.offset = offset + length;
    if (this.offset > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.offset, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, offset);
      this.bytes = larger;
    }
    return offset;
  }
}

function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return `a value of type ${typeof value}`;
}

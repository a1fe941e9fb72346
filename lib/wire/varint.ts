import type { MessageId } from './message-id.js';

const LOW_BITS = 0x1_0000_0000;

/** The longest varint of 64 bits. */
export const MAX_VARINT_LENGTH = 10;

/**
 * Reads protobuf's base-128 varints one after another. One reader is kept and moved along, so that reading a number
 * allocates nothing; a varint that is cut off or longer than 10 bytes makes `failed` true instead of throwing.
 */
export class VarintReader {
  /** Where the next read begins; after a read, just past the varint. */
  offset = 0;
  failed = false;

  private low = 0;
  private high = 0;

  /** Reads up to `end` and answers the value's low 32 bits, unsigned: enough for lengths, tags and codes. */
  uint32(bytes: Uint8Array, end: number): number {
    const short = this.short(bytes, end);
    if (short !== undefined) return short;
    this.read(bytes, end);
    return this.low;
  }

  /** As a `number` where it is exact, else as a `bigint`. */
  uint64(bytes: Uint8Array, end: number): MessageId {
    const short = this.short(bytes, end);
    if (short !== undefined) return short;
    this.read(bytes, end);
    return this.high < 0x20_0000 ? this.high * LOW_BITS + this.low : (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** As a `number`, rounded above 2^53: for lengths, which are refused long before that. */
  length(bytes: Uint8Array, end: number): number {
    const short = this.short(bytes, end);
    if (short !== undefined) return short;
    this.read(bytes, end);
    return this.high * LOW_BITS + this.low;
  }

  /** One of up to three bytes, as nearly all are; nothing for any other. */
  private short(bytes: Uint8Array, end: number): number | undefined {
    const { offset } = this;
    if (offset + 3 > end) return undefined;
    const first = bytes[offset]!;
    if (first < 0x80) {
      this.offset = offset + 1;
      return first;
    }
    const second = bytes[offset + 1]!;
    if (second < 0x80) {
      this.offset = offset + 2;
      return (first & 0x7f) | (second << 7);
    }
    const third = bytes[offset + 2]!;
    if (third >= 0x80) return undefined;
    this.offset = offset + 3;
    return (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
  }

  private read(bytes: Uint8Array, end: number): void {
    let low = 0;
    let high = 0;
    let offset = this.offset;
    for (let shift = 0; shift < 70; shift += 7) {
      if (offset >= end) break;
      const byte = bytes[offset++]!;
      const bits = byte & 0x7f;
      if (shift < 28) {
        low |= bits << shift;
      } else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) {
        high |= bits << (shift - 32);
      } else {
        high |= (bits & 1) << 31;
      }
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        this.offset = offset;
        return;
      }
    }
    this.low = 0;
    this.high = 0;
    this.failed = true;
  }
}

/** How many bytes `value` takes as a varint. */
export function varintLength(value: MessageId): number {
  if (typeof value === 'bigint') {
    let length = 1;
    for (let rest = value >> 7n; rest > 0n; rest >>= 7n) length++;
    return length;
  }
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let length = 5;
  for (let rest = Math.floor(value / 0x8_0000_0000); rest > 0; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Writes `value` at `offset`, never longer than it need be, and answers the offset just past it. */
export function writeVarint(bytes: Uint8Array, offset: number, value: MessageId): number {
  if (typeof value === 'bigint') {
    let rest = value;
    while (rest > 0x7fn) {
      bytes[offset++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    bytes[offset++] = Number(rest);
    return offset;
  }
  let rest = value;
  while (rest >= 0x1_0000_0000) {
    bytes[offset++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest > 0x7f) {
    bytes[offset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[offset++] = rest;
  return offset;
}

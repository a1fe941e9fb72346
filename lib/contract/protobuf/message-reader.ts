import protobuf from 'protobufjs';

import { shortText, VarintReader } from '../../wire/index.js';

/** A number where that is exact, else a bigint. */
export type Integer64 = number | bigint;

const varints = new VarintReader();

/**
 * protobufjs' reader, faster at what its codecs are slow at: of 64 bits it makes an object, and another one on the way, and
 * short texts it puts together of pieces, which are joined when they are used.
 */
export class MessageReader extends protobuf.BufferReader {
  /** Whatever the app has for its own messages: here nobody asks for unknown fields. */
  override discardUnknown = true;

  /** As most, it is a single byte. */
  override tag(): number {
    const byte = this.shortVarint();
    return byte < 0 ? super.tag() : byte;
  }

  override size(): number {
    const byte = this.shortVarint();
    return byte < 0 ? super.size() : byte;
  }

  override uint64(): protobuf.Long {
    return declared(this.varint());
  }

  override int64(): protobuf.Long {
    const value = this.varint();
    return declared(typeof value === 'number' ? value : exact(BigInt.asIntN(64, value)));
  }

  override sint64(): protobuf.Long {
    const value = this.varint();
    if (typeof value === 'bigint') return declared(exact((value >> 1n) ^ -(value & 1n)));
    return declared(value % 2 === 0 ? value / 2 : -(value + 1) / 2);
  }

  override fixed64(): protobuf.Long {
    const low = this.fixed32();
    return declared(together(this.fixed32(), low));
  }

  override sfixed64(): protobuf.Long {
    const low = this.fixed32();
    return declared(together(this.sfixed32(), low));
  }

  override stringVerify(): string {
    const { buf, pos } = this;
    const length = this.size();
    const start = this.pos;
    const end = start + length;
    if (end > this.len) throw outOfRange();
    this.pos = end;
    const short = shortText(buf, start, end);
    if (short !== undefined) return short;
    const text = (buf as Utf8Buffer).utf8Slice(start, end);
    // It may stand for bytes that are none.
    if (!text.includes('\ufffd')) return text;
    this.pos = pos;
    return super.stringVerify();
  }

  /** One of a single byte, or -1 where there is none. */
  private shortVarint(): number {
    const { buf, pos } = this;
    if (pos >= this.len || buf[pos]! > 0x7f) return -1;
    this.pos = pos + 1;
    return buf[pos]!;
  }

  private varint(): Integer64 {
    varints.offset = this.pos;
    const value = varints.uint64(this.buf, this.len);
    if (varints.failed) {
      varints.failed = false;
      throw outOfRange();
    }
    this.pos = varints.offset;
    return value;
  }
}

/** As protobufjs declares it. To its codecs, which keep what they read, it is all the same. */
const declared = (value: Integer64): protobuf.Long => value as unknown as protobuf.Long;

/** What protobufjs reads texts by as well. `toString` comes to the same, some checks later. */
interface Utf8Buffer extends Uint8Array {
  utf8Slice(start: number, end: number): string;
}

function together(high: number, low: number): Integer64 {
  const value = high * 2 ** 32 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}

function exact(value: bigint): Integer64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const outOfRange = (): RangeError => new RangeError('index out of range');

import type protobuf from 'protobufjs';

import { shortText, VarintReader } from '../../wire/index.js';

const varints = new VarintReader();

/** A number where that is exact, else a bigint. */
export type Integer64 = number | bigint;

/** Where what is delimited by its length ends. */
export function endOfDelimited(reader: protobuf.Reader): number {
  const { buf, len, pos } = reader;
  if (pos < len && buf[pos]! < 0x80) {
    reader.pos = pos + 1;
    const end = pos + 1 + buf[pos]!;
    if (end > len) throw outOfRange();
    return end;
  }
  const end = reader.size() + reader.pos;
  if (end > reader.len) throw outOfRange();
  return end;
}

export function outOfRange(): RangeError {
  return new RangeError('index out of range');
}

/** A text that has to be UTF-8. protobufjs puts short ones together of pieces, which are joined when they are used. */
export function readText(reader: protobuf.Reader): string {
  const { pos } = reader;
  const end = endOfDelimited(reader);
  const short = shortText(reader.buf, reader.pos, end);
  if (short === undefined) return readLongText(reader, pos, end);
  reader.pos = end;
  return short;
}

function readLongText(reader: protobuf.Reader, pos: number, end: number): string {
  const text = (reader.buf as Utf8Buffer).utf8Slice(reader.pos, end);
  if (text.includes('\ufffd')) {
    // It may stand for bytes that are none.
    reader.pos = pos;
    return reader.stringVerify();
  }
  reader.pos = end;
  return text;
}

/** What protobufjs reads texts by as well. `toString` comes to the same, some checks later. */
interface Utf8Buffer extends Uint8Array {
  utf8Slice(start: number, end: number): string;
}

/** A key may be a text such as `__proto__`, which is to be a key like any other. */
export function setEntry(entries: Record<string, unknown>, key: string | Integer64 | boolean, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(entries, key, { value, configurable: true, enumerable: true, writable: true });
  else entries[String(key)] = value;
}

// What protobufjs makes of 64 bits is an object, and another one on the way.
export const readInteger64: Readonly<Record<string, (reader: protobuf.Reader) => Integer64>> = {
  uint64: readVarint,
  int64(reader) {
    const value = readVarint(reader);
    return typeof value === 'number' ? value : exact(BigInt.asIntN(64, value));
  },
  sint64(reader) {
    const value = readVarint(reader);
    if (typeof value === 'bigint') return exact((value >> 1n) ^ -(value & 1n));
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  },
  fixed64(reader) {
    const low = reader.fixed32();
    return together(reader.fixed32(), low);
  },
  sfixed64(reader) {
    const low = reader.fixed32();
    return together(reader.sfixed32(), low);
  },
};

function readVarint(reader: protobuf.Reader): Integer64 {
  varints.offset = reader.pos;
  const value = varints.uint64(reader.buf, reader.len);
  if (varints.failed) {
    varints.failed = false;
    throw outOfRange();
  }
  reader.pos = varints.offset;
  return value;
}

function together(high: number, low: number): Integer64 {
  const value = high * 2 ** 32 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}

function exact(value: bigint): Integer64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

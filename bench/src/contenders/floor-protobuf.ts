import { type FrameSink, varintLength, VarintReader, writeVarint } from '../internals.js';
import type { Echo, Items } from '../workload/echo.js';
import type { FloorFormat } from './floor-format.js';

/** The fields of proto/echo.proto: of Request and Response alike, of Items, and of Echo. */
const REQUEST_ID = (1 << 3) | 0;
const CODE = (2 << 3) | 0;
const ECHO = (3 << 3) | 2;
const ITEMS = (4 << 3) | 2;
const END = 2;
const COUNT = (1 << 3) | 0;
const ITEM = (2 << 3) | 2;
const ID = (1 << 3) | 0;
const MESSAGE = (2 << 3) | 2;
const NANOTIME = (3 << 3) | 0;

const reader = new VarintReader();

/** One varint field, or one that holds `length` bytes. */
const varintField = (value: number): number => 1 + varintLength(value);
const bytesField = (length: number): number => 1 + varintLength(length) + length;

function echoLength({ id, message, nanotime }: Echo): number {
  return varintField(id) + bytesField(Buffer.byteLength(message)) + varintField(nanotime);
}

function writeNumber(bytes: Buffer, offset: number, tag: number, value: number): number {
  bytes[offset++] = tag;
  return writeVarint(bytes, offset, value);
}

function writeEcho(bytes: Buffer, offset: number, tag: number, echo: Echo, length: number): number {
  const { message } = echo;
  offset = writeNumber(bytes, offset, tag, length);
  offset = writeNumber(bytes, offset, ID, echo.id);
  const messageLength = Buffer.byteLength(message);
  offset = writeNumber(bytes, offset, MESSAGE, messageLength);
  bytes.write(message, offset, messageLength, 'utf8');
  return writeNumber(bytes, offset + messageLength, NANOTIME, echo.nanotime);
}

/** Begins a frame of `id` whose other fields take `length`, and answers the offset behind the id. */
function begin(id: number, length: number, out: FrameSink): number {
  const body = varintField(id) + length;
  const start = out.reserve(varintLength(body) + body);
  return writeNumber(out.bytes, writeVarint(out.bytes, start, body), REQUEST_ID, id);
}

function writeEchoFrame(id: number, tag: number, echo: Echo, out: FrameSink): void {
  const length = echoLength(echo);
  const offset = begin(id, bytesField(length), out);
  out.commit(writeEcho(out.bytes, offset, tag, echo, length));
}

function readEcho(bytes: Buffer, end: number): Echo {
  let id = 0;
  let message = '';
  let nanotime = 0;
  while (reader.offset < end) {
    const tag = reader.uint32(bytes, end);
    if (tag === ID) id = reader.uint32(bytes, end);
    else if (tag === NANOTIME) nanotime = reader.length(bytes, end);
    else {
      const length = reader.uint32(bytes, end);
      message = bytes.toString('utf8', reader.offset, (reader.offset += length));
    }
  }
  return { id, message, nanotime };
}

function readItems(bytes: Buffer, end: number): Items {
  let count = 0;
  let item: Echo | undefined;
  while (reader.offset < end) {
    const tag = reader.uint32(bytes, end);
    if (tag === COUNT) count = reader.uint32(bytes, end);
    else item = readEcho(bytes, endOfField(bytes, end));
  }
  return { count, item: item! };
}

function endOfField(bytes: Buffer, end: number): number {
  const length = reader.uint32(bytes, end);
  return reader.offset + length;
}

/** Frames by hand, as the contract of proto/echo.proto has them: every field is known, so nothing is looked up. */
export const protobufFormat: FloorFormat = {
  writeRequest({ echo, id, items }, out) {
    if (echo) {
      writeEchoFrame(id, ECHO, echo, out);
      return;
    }
    const itemLength = echoLength(items.item);
    const length = varintField(items.count) + bytesField(itemLength);
    const { count, item } = items;
    let offset = begin(id, bytesField(length), out);
    offset = writeNumber(out.bytes, offset, ITEMS, length);
    offset = writeNumber(out.bytes, offset, COUNT, count);
    out.commit(writeEcho(out.bytes, offset, ITEM, item, itemLength));
  },

  readRequest(bytes, start, end) {
    reader.offset = start;
    reader.uint32(bytes, end);
    reader.uint32(bytes, end);
    const id = reader.length(bytes, end);
    const tag = reader.uint32(bytes, end);
    const fieldEnd = endOfField(bytes, end);
    return tag === ECHO ? { id, echo: readEcho(bytes, fieldEnd) } : { id, items: readItems(bytes, fieldEnd) };
  },

  writeReply({ id, item, more }, out) {
    if (item) {
      writeEchoFrame(id, more ? ITEMS : ECHO, item, out);
    } else {
      out.commit(writeNumber(out.bytes, begin(id, varintField(END), out), CODE, END));
    }
  },

  readReply(bytes, start, end) {
    reader.offset = start;
    reader.uint32(bytes, end);
    reader.uint32(bytes, end);
    const id = reader.length(bytes, end);
    const tag = reader.uint32(bytes, end);
    if (tag === CODE) {
      reader.uint32(bytes, end);
      return { id, item: undefined, more: false };
    }
    return { id, item: readEcho(bytes, endOfField(bytes, end)), more: tag === ITEMS };
  },
};

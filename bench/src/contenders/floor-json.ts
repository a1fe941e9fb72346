import { varintLength, VarintReader, writeVarint } from '../internals.js';
import type { Echo, Items } from '../workload/echo.js';
import type { FloorFormat, FloorRequest } from './floor-format.js';

/** The fields of the built-in contract, proto/protosocket.proto, that an echo needs. */
const ID = (1 << 3) | 0;
const CODE = (2 << 3) | 0;
const PATTERN = (3 << 3) | 2;
const PAYLOAD = (4 << 3) | 2;
const MORE = (5 << 3) | 0;
const END = 2;

const patternField = (pattern: string): Buffer => Buffer.from([PATTERN, pattern.length, ...Buffer.from(pattern)]);
const echoField = patternField('echo');
const itemsField = patternField('items');

const reader = new VarintReader();

interface Envelope {
  id: number;
  pattern: string;
  body: unknown;
  more: boolean;
}

function read(bytes: Buffer, start: number, end: number): Envelope {
  const envelope: Envelope = { id: 0, pattern: '', body: undefined, more: false };
  reader.offset = start;
  reader.uint32(bytes, end);
  while (reader.offset < end) {
    const tag = reader.uint32(bytes, end);
    if (tag === ID) envelope.id = reader.length(bytes, end);
    else if (tag === MORE) envelope.more = reader.uint32(bytes, end) === 1;
    else if (tag === CODE) reader.uint32(bytes, end);
    else {
      const length = reader.uint32(bytes, end);
      const text = bytes.toString('utf8', reader.offset, (reader.offset += length));
      if (tag === PATTERN) envelope.pattern = text;
      else envelope.body = JSON.parse(text);
    }
  }
  return envelope;
}

/** Frames by hand, as the built-in contract writes them. */
export const jsonFormat: FloorFormat = {
  writeRequest({ echo, id, items }, out) {
    const pattern = echo ? echoField : itemsField;
    const payload = JSON.stringify(echo ?? items);
    const payloadLength = Buffer.byteLength(payload);
    const length = 1 + varintLength(id) + pattern.length + 1 + varintLength(payloadLength) + payloadLength;
    let offset = out.reserve(varintLength(length) + length);
    const { bytes } = out;
    offset = writeVarint(bytes, offset, length);
    bytes[offset++] = ID;
    offset = writeVarint(bytes, offset, id);
    bytes.set(pattern, offset);
    offset += pattern.length;
    bytes[offset++] = PAYLOAD;
    offset = writeVarint(bytes, offset, payloadLength);
    bytes.write(payload, offset, payloadLength, 'utf8');
    out.commit(offset + payloadLength);
  },

  readRequest(bytes, start, end): FloorRequest {
    const { body, id, pattern } = read(bytes, start, end);
    return pattern === 'echo' ? { id, echo: body as Echo } : { id, items: body as Items };
  },

  writeReply({ id, item, more }, out) {
    const payload = item && JSON.stringify(item);
    const payloadLength = payload === undefined ? 0 : Buffer.byteLength(payload);
    const length =
      1 +
      varintLength(id) +
      (payload === undefined ? 2 : 1 + varintLength(payloadLength) + payloadLength + (more ? 2 : 0));
    let offset = out.reserve(varintLength(length) + length);
    const { bytes } = out;
    offset = writeVarint(bytes, offset, length);
    bytes[offset++] = ID;
    offset = writeVarint(bytes, offset, id);
    if (payload === undefined) {
      bytes[offset++] = CODE;
      bytes[offset++] = END;
    } else {
      bytes[offset++] = PAYLOAD;
      offset = writeVarint(bytes, offset, payloadLength);
      bytes.write(payload, offset, payloadLength, 'utf8');
      offset += payloadLength;
      if (more) {
        bytes[offset++] = MORE;
        bytes[offset++] = 1;
      }
    }
    out.commit(offset);
  },

  readReply(bytes, start, end) {
    const { body, id, more } = read(bytes, start, end);
    return { id, item: body as Echo | undefined, more };
  },
};

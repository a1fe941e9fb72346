import {
  type Codec,
  type Contract,
  ControlCode,
  HANDLER_FAILED,
  type Message,
  NO_FRAME,
  NotSerializableError,
  UNKNOWN_LENGTH,
} from 'nestjs-protosocket';

/**
 * RESP2, for clients of a redis-server: `client.send('SET', ['key', 'value'])`. An argument is a text, a number or bytes.
 * Of the replies a simple string is a text, a bulk string a Buffer, nil is null, and an error fails the call with
 * `{ code, message }`.
 */
export const respContract: Contract = {
  withoutIds: true,
  requests: { measure: ofServers, decode: ofServers, encode: (message, out) => encodeCommand(message, out) },
  replies: { measure: measureReply, decode: (bytes, start) => decodeReply(bytes, start), encode: ofServers },
};

function ofServers(): never {
  throw new Error('This contract is for clients');
}

/** What redis answers with any number of replies, so that those to come would go to the wrong calls. */
const WITHOUT_ONE_REPLY = /^([PS]?(UN)?SUBSCRIBE|MONITOR|P?SYNC|CLIENT REPLY)\b/i;

const encodeCommand: Codec['encode'] = ({ body, route }, out) => {
  if (!Array.isArray(body)) throw new NotSerializableError('The arguments of a command are an array');
  const words = [...route!.split(' '), ...(body as unknown[])].map(bytesOf);
  if (WITHOUT_ONE_REPLY.test(words.slice(0, 2).join(' '))) {
    throw new NotSerializableError(`${route} is not answered by exactly one reply`);
  }
  const pieces: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) pieces.push(Buffer.from(`$${word.length}\r\n`), word, LINE_END);
  let at = out.reserve(pieces.reduce((length, piece) => length + piece.length, 0));
  for (const piece of pieces) at += piece.copy(out.bytes, at);
  out.commit(at);
};

function bytesOf(argument: unknown): Buffer {
  if (argument instanceof Uint8Array) return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength);
  if (typeof argument === 'string' || typeof argument === 'number') return Buffer.from(String(argument));
  throw new NotSerializableError(`An argument is a text, a number or bytes, and not ${JSON.stringify(argument)}`);
}

const LINE_END = Buffer.from('\r\n');
const CR = 0x0d;
const LF = 0x0a;
/** As redis has it for its own. Bulk strings are no lines, and may be of any length. */
const MAX_LINE = 64 * 1024;
const [SIMPLE, ERROR, INTEGER, BULK, ARRAY] = [...Buffer.from('+-:$*')] as [number, number, number, number, number];

/** How far the reply that begins at `start` is measured: up to `offset`, where `missing` values are to follow. */
interface Measured {
  readonly start: number;
  readonly offset: number;
  readonly missing: number;
}

/**
 * What is known of the replies that are not whole yet, by the buffer in which they are gathered: a long array is not
 * walked from its beginning for every chunk of it.
 */
const unfinished = new WeakMap<Uint8Array, Measured>();

/** Counts the values that are missing instead of nesting, so that no depth is too deep. */
function measureReply(bytes: Uint8Array, start: number, end: number): number {
  const known = unfinished.get(bytes);
  let { offset, missing } = known?.start === start ? known : { offset: start, missing: 1 };
  while (missing > 0) {
    const lineEnd = offset < end ? endOfLine(bytes, offset, end) : UNKNOWN_LENGTH;
    if (lineEnd === UNKNOWN_LENGTH) {
      unfinished.set(bytes, { start, offset, missing });
      return UNKNOWN_LENGTH;
    }
    if (lineEnd === NO_FRAME) return NO_FRAME;
    const type = bytes[offset];
    if (type === SIMPLE || type === ERROR) {
      offset = lineEnd;
    } else {
      const number = numberIn(bytes, offset, lineEnd);
      if (Number.isNaN(number) || (type !== INTEGER && number < -1)) return NO_FRAME;
      offset = lineEnd;
      if (type === BULK && number >= 0) offset += number + LINE_END.length;
      else if (type === ARRAY && number > 0) missing += number;
      else if (type !== INTEGER && type !== BULK && type !== ARRAY) return NO_FRAME;
    }
    missing--;
  }
  return offset - start;
}

/** Where the line that begins at `offset` ends, its line end included. */
function endOfLine(bytes: Uint8Array, offset: number, end: number): number {
  const limit = Math.min(end, offset + MAX_LINE);
  for (let at = offset + 1; at < limit; at++) {
    if (bytes[at] === LF) return bytes[at - 1] === CR ? at + 1 : NO_FRAME;
  }
  return limit === end ? UNKNOWN_LENGTH : NO_FRAME;
}

/** The number in a line, behind its type. */
function numberIn(bytes: Uint8Array, offset: number, lineEnd: number): number {
  const text = String.fromCharCode(...bytes.subarray(offset + 1, Math.min(lineEnd - LINE_END.length, offset + 32)));
  return /^-?\d+$/.test(text) ? Number(text) : NaN;
}

/** Reads a whole reply. */
function decodeReply(bytes: Buffer, start: number): Message {
  const message = { id: 0, code: ControlCode.Normal };
  if (bytes[start] !== ERROR) return { ...message, body: valueAt(bytes, start) };
  const details = errorIn(bytes.toString('utf8', start + 1, endOfLine(bytes, start, bytes.length) - LINE_END.length));
  return { ...message, status: { code: HANDLER_FAILED, message: details.message, details } };
}

/** The value that begins at `offset`: without recursion, since arrays may be nested as deep as the peer likes. */
function valueAt(bytes: Buffer, offset: number): unknown {
  const open: { readonly items: unknown[]; readonly length: number }[] = [];
  for (;;) {
    const type = bytes[offset];
    const lineEnd = endOfLine(bytes, offset, bytes.length);
    const line = bytes.toString('utf8', offset + 1, lineEnd - LINE_END.length);
    offset = lineEnd;
    let value: unknown = line;
    if (type === ERROR) {
      value = errorIn(line);
    } else if (type !== SIMPLE) {
      const number = Number(line);
      // Redis counts in 64 bits.
      if (type === INTEGER) value = Number.isSafeInteger(number) ? number : BigInt(line);
      else if (number < 0) value = null;
      else if (type === BULK) {
        value = bytes.subarray(offset, offset + number);
        offset += number + LINE_END.length;
      } else {
        value = [];
        if (number > 0) {
          open.push({ items: value as unknown[], length: number });
          continue;
        }
      }
    }
    for (;;) {
      const array = open.at(-1);
      if (!array) return value;
      array.items.push(value);
      if (array.items.length < array.length) break;
      value = array.items;
      open.pop();
    }
  }
}

/** `WRONGTYPE Operation against a key ...` */
function errorIn(text: string): { code: string; message: string } {
  const [code = ''] = text.split(' ', 1);
  return { code, message: text.slice(code.length + 1) };
}

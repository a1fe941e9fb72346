import fc from 'fast-check';

import { EncodedFrame } from '../../lib/connection/encoded-frame.js';
import type { Kind } from '../../lib/contract/messagepack/kind.js';
import { MessagePackFormat } from '../../lib/contract/messagepack/messagepack-format.js';
import { ReadPlace, type WriteOptions, WritePlace } from '../../lib/contract/messagepack/place.js';
import { pack, unpack } from '../../lib/contract/messagepack/plain-values.js';
import type { StructKind } from '../../lib/contract/messagepack/struct.js';

const MAX_DEPTH = 64;

/** Bytes from hex, in which there may be white space. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** What is read as `kind` from bytes that are a single value. */
export function read<Value>(kind: Kind<Value>, bytes: Buffer): Value {
  return kind.read(unpack(bytes, 0, bytes.length, MAX_DEPTH), new ReadPlace('value'));
}

/** The bytes of `value`, written as `kind`. */
export function written(kind: Kind, value: unknown, options: Partial<WriteOptions> = {}): Buffer {
  const at = new WritePlace({ message: 'value', structsAsMaps: false, maxDepth: MAX_DEPTH, ...options });
  return Buffer.from(pack(kind.write(value, at)));
}

/** The format of messages that are `struct`, whose control code is in the field `code`. */
export function formatOf(struct: StructKind, options: Partial<WriteOptions> = {}): MessagePackFormat {
  return new MessagePackFormat(struct, 'code', {
    message: 'message',
    structsAsMaps: false,
    maxDepth: MAX_DEPTH,
    ...options,
  });
}

/** The frame of a message. */
export function frameOf(format: MessagePackFormat, fields: Record<string, unknown>): Buffer {
  const sink = new EncodedFrame(64 * 1024 * 1024);
  format.write(fields, sink);
  return sink.whole;
}

/** `body` in a frame of its own. */
export function framed(body: Buffer): Buffer {
  const prefix = Buffer.from([0xce, 0, 0, 0, 0]);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

/** Keys of maps that come back as they are: `__proto__` does not. */
export const mapKey = fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__');

/** JSON values of which the same holds. */
export const jsonValue = fc
  .jsonValue({ maxDepth: 5 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('"__proto__"', '"proto"')) as unknown);

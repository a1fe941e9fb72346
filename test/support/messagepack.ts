import { EncodedFrame } from '../../lib/connection/encoded-frame.js';
import type { Kind } from '../../lib/contract/messagepack/kind.js';
import { endOfValue } from '../../lib/contract/messagepack/end-of-value.js';
import { MessagePackFormat } from '../../lib/contract/messagepack/messagepack-format.js';
import { Reader } from '../../lib/contract/messagepack/reader.js';
import type { StructKind } from '../../lib/contract/messagepack/struct.js';
import { Writer, type WriterOptions } from '../../lib/contract/messagepack/writer.js';

const MAX_DEPTH = 64;

/** Bytes from hex, in which there may be white space. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** What is read as `kind` from bytes that are a single value. */
export function read<Value>(kind: Kind<Value>, bytes: Buffer): Value {
  if (endOfValue(bytes, 0, bytes.length, MAX_DEPTH) !== bytes.length) throw new Error('There is more than one value');
  return kind.read(new Reader(bytes, 0, 'value'));
}

/** The bytes of `value`, written as `kind`. */
export function written(kind: Kind, value: unknown, options: Partial<WriterOptions> = {}): Buffer {
  const writer = new Writer({ message: 'value', structsAsMaps: false, maxDepth: MAX_DEPTH, ...options });
  kind.write(value, writer);
  return writer.written;
}

/** The format of messages that are `struct`, whose control code is in the field `code`. */
export function formatOf(struct: StructKind, options: Partial<WriterOptions> = {}): MessagePackFormat {
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

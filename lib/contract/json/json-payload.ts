import { NotSerializableError, textOf, UnreadablePayloadError } from '../../errors/index.js';
import type { PayloadSerializer } from '../payload-serializer.js';
import { nestsDeeper } from './json-depth.js';
import { MAX_SHORT } from './short.js';
import { ShortReader } from './short-reader.js';
import { ShortWriter } from './short-writer.js';
import { Trial } from './trial.js';

/** Deeper than any data that is meant to be read; far from what would overflow the stack of who walks through it. */
export const DEFAULT_MAX_PAYLOAD_DEPTH = 64;

/** A letter of `__proto__`, written as an escape. */
const ESCAPED_PROTO = /\\u00(?:5f|6f|7[024])/i;

/**
 * Payloads as JSON in UTF-8: the default, as in Nest's TCP transport. Keys `__proto__` are left out: whoever copies them
 * into another object would change its prototype.
 *
 * @param maxDepth how deep arrays and objects may nest in what is read. 0: as deep as they like.
 */
export function jsonPayload(maxDepth = DEFAULT_MAX_PAYLOAD_DEPTH): PayloadSerializer {
  const reader = new ShortReader(maxDepth);
  const writer = new ShortWriter();
  const reading = new Trial();
  const writing = new Trial();
  return {
    serialize(value) {
      if (writing.isDue()) {
        const bytes = writer.write(value);
        writing.ended(bytes !== undefined);
        if (bytes) return bytes;
      }
      let text: string | undefined;
      try {
        text = JSON.stringify(value);
      } catch (error) {
        throw new NotSerializableError(`The payload cannot be written as JSON: ${textOf(error)}`, error);
      }
      if (text === undefined) {
        throw new NotSerializableError(`The payload cannot be written as JSON: it is a ${typeof value}`);
      }
      return text;
    },

    deserialize(bytes, start, end) {
      if (end - start <= MAX_SHORT && reading.isDue()) {
        const value = reader.read(bytes, start, end);
        reading.ended(value !== undefined);
        if (value !== undefined) return value;
      }
      const text = bytes.toString('utf8', start, end);
      if (maxDepth > 0 && nestsDeeper(text, bytes, start, end, maxDepth)) {
        throw new UnreadablePayloadError(`The payload nests deeper than ${maxDepth}`);
      }
      try {
        return JSON.parse(text, mayNameProto(text) ? withoutProto : undefined) as unknown;
      } catch (error) {
        // The text of a SyntaxError quotes the payload, which has no business in logs.
        throw new UnreadablePayloadError('The payload is not valid JSON', error);
      }
    },
  };
}

/** A reviver makes parsing several times as slow, so it is used only where there may be work for it. */
function mayNameProto(text: string): boolean {
  return text.includes('__proto__') || (text.includes('\\u00') && ESCAPED_PROTO.test(text));
}

function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

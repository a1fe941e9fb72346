import fc from 'fast-check';

import { EncodedFrame } from '../../lib/connection/encoded-frame.js';
import { type Codec, jsonPayload, type Message } from '../../lib/contract/index.js';
import { ControlCode, type MessageId } from '../../lib/wire/index.js';

/** Any text that has a form in UTF-8: all code points, and names that JavaScript treats in its own way. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', '0', 'ü€𝄞\u0000\uffff'),
);

/** Any u64 in the form in which the codec answers it, with the edges where the form or the length changes. */
export const messageId: fc.Arbitrary<MessageId> = fc
  .oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -1, max: 1 })).map(([bits, step]) => {
      const value = 2n ** BigInt(bits) + BigInt(step);
      return value < 0n ? 0n : value;
    }),
    fc.constantFrom(0n, 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n),
  )
  .map((value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value));

const payloads = jsonPayload();

/** A value as it comes back, so that it can be compared. */
const json = fc.jsonValue({ stringUnit: 'binary' }).map((value) => {
  const bytes = Buffer.from(payloads.serialize(value));
  return payloads.deserialize(bytes, 0, bytes.length);
});
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Any message of the built-in contract. */
export const message: fc.Arbitrary<Message> = fc.record({
  id: messageId,
  code: fc.constantFrom(...Object.values(ControlCode)),
  route: optional(text),
  body: fc.oneof(fc.constant(undefined), json, bytes),
  more: optional(fc.boolean()),
  event: optional(fc.boolean()),
  timeout: optional(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  metadata: optional(fc.array(fc.tuple(text, text), { maxLength: 4 }).map((entries) => Object.fromEntries(entries))),
  status: optional(
    fc.oneof(fc.record({ code: text, message: text }), fc.record({ code: text, message: text, details: json })),
  ),
  packet: optional(fc.boolean()),
});

/**
 * `message` without what is not on the wire: absent fields, flags that are not set, metadata without entries. Two
 * messages mean the same exactly if they are the same in this form.
 */
export function meaningOf({ silent: _, status, ...rest }: Message): Record<string, unknown> {
  const fields = Object.entries(rest).filter(
    ([name, value]) =>
      value !== undefined &&
      !(value === false && name !== 'body') &&
      !(name === 'metadata' && Object.keys(value as object).length === 0),
  );
  return {
    ...Object.fromEntries(fields),
    ...(status && { status: { code: status.code, message: status.message, details: status.details } }),
  };
}

/** The frame of `message`. */
export function frameOf(codec: Codec, message: Message): Buffer {
  const sink = new EncodedFrame(64 * 1024 * 1024);
  codec.encode(message, sink);
  return sink.whole;
}

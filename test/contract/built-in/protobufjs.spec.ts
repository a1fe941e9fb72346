import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deepStrictEqual } from 'node:assert';

import { builtInCodec, type Message } from '../../../lib/contract/index.js';
import { frameOf, meaningOf, message } from '../../support/messages.js';
import { Envelope } from '../../support/proto.js';

const codec = builtInCodec();

/** `message` as the .proto names it. A uint64 is text: protobufjs' own form of it is no number. */
function envelopeOf({ body, code, event, id, metadata, more, packet, route, status, timeout }: Message): object {
  const details = status && 'details' in status && status.details !== undefined ? status.details : undefined;
  return {
    id: String(id),
    code,
    ...(route !== undefined && { pattern: route }),
    ...(body instanceof Uint8Array
      ? { raw: body }
      : body !== undefined && { payload: Buffer.from(JSON.stringify(body)) }),
    more: more ?? false,
    event: event ?? false,
    ...(timeout !== undefined && { timeout_ms: timeout }),
    metadata: metadata ?? {},
    ...(status && {
      status: {
        code: status.code,
        message: status.message,
        ...(details !== undefined && { details: Buffer.from(JSON.stringify(details)) }),
      },
    }),
    packet: packet ?? false,
  };
}

/** Messages without the one key that protobufjs drops from maps, to protect those who assign it. */
const plain = message.filter(({ metadata }) => !metadata || !Object.hasOwn(metadata, '__proto__'));

describe('The built-in contract and protobufjs', () => {
  it('agree on what this project writes', () => {
    fc.assert(
      fc.property(plain, (original) => {
        const read = Envelope.toObject(Envelope.decodeDelimited(frameOf(codec, original)), {
          longs: String,
          bytes: Buffer,
        });
        const expected = Envelope.toObject(Envelope.fromObject(envelopeOf(original)), { longs: String, bytes: Buffer });
        expect(withDefaults(read)).toEqual(withDefaults(expected));
      }),
      { numRuns: 2_000 },
    );
  });

  it('agree on what protobufjs writes', () => {
    fc.assert(
      fc.property(plain, (original) => {
        const frame = Buffer.from(Envelope.encodeDelimited(Envelope.fromObject(envelopeOf(original))).finish());
        deepStrictEqual(meaningOf(codec.decode(frame, 0, frame.length)), meaningOf(original));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Fields that are not on the wire have their defaults, however an implementation shows them. */
function withDefaults(envelope: Record<string, unknown>): Record<string, unknown> {
  const none = { id: '0', code: 0, more: false, event: false, metadata: {}, packet: false };
  const status = envelope.status && { code: '', message: '', ...envelope.status };
  return { ...none, ...envelope, status };
}

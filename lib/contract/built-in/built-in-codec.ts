import { measureLengthDelimited } from '../../wire/index.js';
import type { Codec } from '../codec.js';
import { jsonPayload } from '../json-payload.js';
import type { PayloadSerializer } from '../payload-serializer.js';
import { decodeEnvelope } from './decode.js';
import { encodeEnvelope } from './encode.js';

/**
 * The built-in contract: one protobuf envelope in both directions, `proto/protosocket.proto`, with the payload inside
 * it as bytes.
 *
 * Written by hand because every message passes here twice: protobufjs would build an object for the envelope and
 * another for the payload's bytes.
 */
export function builtInCodec(payloads: PayloadSerializer = jsonPayload): Codec {
  return {
    measure: measureLengthDelimited,
    decode: (bytes, start, end) => decodeEnvelope(payloads, bytes, start, end),
    encode: (message, out) => encodeEnvelope(payloads, message, out),
  };
}

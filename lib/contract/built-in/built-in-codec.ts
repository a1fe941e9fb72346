import { type FrameSink, measureLengthDelimited } from '../../wire/index.js';
import type { Codec } from '../codec.js';
import { isOfConnection } from '../connection-messages.js';
import type { Contract } from '../contract.js';
import { jsonPayload } from '../json/json-payload.js';
import type { Message } from '../message.js';
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
export function builtInContract(payloads: PayloadSerializer = jsonPayload()): Contract {
  const requests = builtInCodec(payloads);
  // The id tells the peer which call is answered; what is of no call has a pattern that says something new.
  const ofConnection = (message: Message): string | undefined => (isOfConnection(message) ? message.route : undefined);
  const replies = { ...requests, encode: encoder(payloads, ofConnection) };
  return { requests, replies, hasConnectionMessages: true };
}

/** The requests of {@link builtInContract}. It asks nothing about the calls. */
export function builtInCodec(
  payloads: PayloadSerializer = jsonPayload(),
): Codec & { decode(bytes: Buffer, start: number, end: number): Message } {
  return {
    measure: measureLengthDelimited,
    decode: (bytes, start, end) => decodeEnvelope(payloads, bytes, start, end),
    encode: encoder(payloads, (message) => message.route),
  };
}

function encoder(
  payloads: PayloadSerializer,
  patternOf: (message: Message) => string | undefined,
): (message: Message, out: FrameSink) => void {
  return (message, out) => encodeEnvelope(payloads, patternOf(message), message, out);
}

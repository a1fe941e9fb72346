import { NO_FRAME, UNKNOWN_LENGTH } from './frame-decoder.js';
import { MAX_VARINT_LENGTH, VarintReader } from './varint.js';

const reader = new VarintReader();

/**
 * Measures protobuf's length-delimited frames: a varint with the length of the body, then the body.
 *
 * Upstream takes an unreadable prefix for "need 10 bytes" and waits for ever; here more than 10 bytes of prefix are no
 * frame. A prefix that is longer than it need be is accepted, as upstream does, and never written.
 */
export function measureLengthDelimited(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  if (first < 0x80) return 1 + first;
  reader.offset = start;
  reader.failed = false;
  const bodyLength = reader.length(bytes, end);
  if (reader.failed) return end - start < MAX_VARINT_LENGTH ? UNKNOWN_LENGTH : NO_FRAME;
  return reader.offset - start + bodyLength;
}

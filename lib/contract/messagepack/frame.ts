import { type FrameSink, NO_FRAME, UNKNOWN_LENGTH } from '../../wire/index.js';

/** Before each message stands its length, as MessagePack has a u32: never in a shorter form. */
const U32 = 0xce;

/** How many bytes stand before the body of a frame. */
export const PREFIX_LENGTH = 5;

/** Measures the frames of upstream's MessagePack peers: 0xCE, the length of the body as a u32 (big-endian), the body. */
export function measureMessagePack(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== U32) return NO_FRAME;
  if (end - start < PREFIX_LENGTH) return UNKNOWN_LENGTH;
  const length =
    bytes[start + 1]! * 0x100_0000 + (bytes[start + 2]! << 16) + (bytes[start + 3]! << 8) + bytes[start + 4]!;
  return PREFIX_LENGTH + length;
}

/**
 * Writes one frame.
 *
 * @throws MessageTooLargeError from {@link FrameSink.reserve}.
 */
export function writeFrame(body: Buffer, out: FrameSink): void {
  const offset = out.reserve(PREFIX_LENGTH + body.length);
  const { bytes } = out;
  bytes[offset] = U32;
  bytes.writeUInt32BE(body.length, offset + 1);
  bytes.set(body, offset + PREFIX_LENGTH);
  out.commit(offset + PREFIX_LENGTH + body.length);
}

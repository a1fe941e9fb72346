import { ProtocolViolationError } from '../errors/index.js';

/**
 * Tells how long the frame is that begins at `start`, prefix and terminator included, from the bytes up to `end`:
 * a length, {@link UNKNOWN_LENGTH} while those bytes do not tell, or {@link NO_FRAME} when no frame begins so. `end` is
 * always behind `start`. What lies behind `end` is anything. Asked anew, from `start`, whenever more bytes have come.
 */
export type MeasureFrame = (bytes: Buffer, start: number, end: number) => number;

export const UNKNOWN_LENGTH = 0;
export const NO_FRAME = -1;

/** What the decoder found. */
export const Found = {
  /** A whole frame: `bytes` from `start` to `end`. */
  Frame: 0,
  /** Not yet a whole frame; push more. */
  NeedMore: 1,
  /** No frame, or one that is longer than allowed: see `violation`. There is no way on from here. */
  Violation: 2,
} as const;

export type Found = (typeof Found)[keyof typeof Found];

/** A partial frame starts with this much room and doubles as bytes arrive, never to the length that was announced. */
const FIRST_PARTIAL_ROOM = 256;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into frames, whatever chunks it comes in. Pure: no socket, no timer.
 *
 * A frame that lies within a chunk is a view of it. A frame over several chunks is gathered in a buffer of its own, to
 * which only the bytes it lacks are copied.
 *
 * ```
 * decoder.push(chunk);
 * while (decoder.next() === Found.Frame) handle(decoder.bytes, decoder.start, decoder.end);
 * ```
 */
export class FrameDecoder {
  /**
   * The frame found last is `bytes` from `start` to `end`, prefix included, until the next call of {@link next}. The bytes
   * are not written to again.
   */
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  /** Why there is no way on, after {@link Found.Violation}. */
  violation: ProtocolViolationError | undefined;

  private chunk: Buffer = EMPTY;
  private chunkOffset = 0;
  private partial: Buffer = EMPTY;
  private partialLength = 0;

  /** @param maxLength of a whole frame in bytes, prefix included. */
  constructor(
    private readonly measure: MeasureFrame,
    private readonly maxLength: number,
  ) {}

  /** Whether bytes of an unfinished frame are waiting for the rest. */
  get hasPartial(): boolean {
    return this.partialLength > 0;
  }

  /** Takes the next chunk. Call {@link next} until it finds no more frames before pushing another. */
  push(chunk: Buffer): void {
    this.chunk = chunk;
    this.chunkOffset = 0;
  }

  /** Looks for the next frame. */
  next(): Found {
    if (this.violation) return Found.Violation;
    const found = this.partialLength > 0 ? this.completePartial() : this.nextOfChunk();
    if (found === Found.NeedMore) this.letGo();
    return found;
  }

  /** All that came is taken or copied. Kept, the last frame would hold its memory for as long as the peer is silent. */
  private letGo(): void {
    this.bytes = EMPTY;
    this.push(EMPTY);
  }

  private nextOfChunk(): Found {
    const { chunk, chunkOffset } = this;
    const available = chunk.length - chunkOffset;
    if (available === 0) return Found.NeedMore;
    const length = this.measure(chunk, chunkOffset, chunk.length);
    if (!this.allows(length, available)) return Found.Violation;
    if (length === UNKNOWN_LENGTH || length > available) {
      this.gather(available);
      return Found.NeedMore;
    }
    this.chunkOffset = chunkOffset + length;
    return this.found(chunk, chunkOffset, this.chunkOffset);
  }

  private completePartial(): Found {
    for (;;) {
      const length = this.measure(this.partial, 0, this.partialLength);
      if (!this.allows(length, this.partialLength)) return Found.Violation;
      if (length !== UNKNOWN_LENGTH && length <= this.partialLength) {
        const bytes = this.partial;
        this.chunkOffset -= this.partialLength - length;
        this.partial = EMPTY;
        this.partialLength = 0;
        return this.found(bytes, 0, length);
      }
      const available = this.chunk.length - this.chunkOffset;
      if (available === 0) return Found.NeedMore;
      // While the length is unknown the rest may be anything, so take a little at a time: what is too much is handed
      // back above.
      const lacking = length === UNKNOWN_LENGTH ? Math.max(this.partialLength, 16) : length - this.partialLength;
      this.gather(Math.min(lacking, available));
    }
  }

  private gather(count: number): void {
    const needed = this.partialLength + count;
    if (needed > this.partial.length) {
      const room = Math.max(needed, Math.min(this.partial.length * 2, this.maxLength), FIRST_PARTIAL_ROOM);
      const larger = Buffer.allocUnsafeSlow(room);
      this.partial.copy(larger, 0, 0, this.partialLength);
      this.partial = larger;
    }
    this.chunk.copy(this.partial, this.partialLength, this.chunkOffset, this.chunkOffset + count);
    this.partialLength = needed;
    this.chunkOffset += count;
  }

  private allows(length: number, available: number): boolean {
    if (length === NO_FRAME) {
      this.violation = new ProtocolViolationError('The peer sent bytes that begin no frame');
    } else if (length > this.maxLength || (length === UNKNOWN_LENGTH && available > this.maxLength)) {
      this.violation = new ProtocolViolationError(`The peer sent a frame of over ${this.maxLength} bytes`);
    }
    return this.violation === undefined;
  }

  private found(bytes: Buffer, start: number, end: number): Found {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return Found.Frame;
  }
}

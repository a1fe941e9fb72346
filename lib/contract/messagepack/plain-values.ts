import { Packr, RESET_BUFFER_MODE } from 'msgpackr/index-no-eval';

import { ProtocolViolationError } from '../../errors/index.js';
import { endOfValue } from './end-of-value.js';
import { MARK } from './text.js';

/**
 * The build of msgpackr that compiles nothing, and reads text without its native addon: with it, texts may differ.
 *
 * Maps are read as objects, whose keys V8 hashes with a seed. In a Map the hashes of numbers are known to all, so that a
 * peer could make them collide, and a message of 4 MiB would take minutes.
 */
const packr = new Packr({ useRecords: false, mapsAsObjects: true });

/** What msgpackr writes into, unless a message is larger: then that is not kept, or its memory would be held for ever. */
const ROOM = 64 * 1024;
let isReleasing = false;

/** Whether msgpackr takes a mark at the beginning of a long text for none of the text: see {@link doubleMarks}. */
const LOSES_MARKS = (packr.unpack(packr.pack(`\ufeff${'a'.repeat(100)}`)) as string).length === 100;

/**
 * The plain value that lies in `bytes` from `start` to `end`; see `Kind` for what there is. Bytes in it are a view.
 *
 * @throws ProtocolViolationError as {@link endOfValue} does, for bytes after the value, and for a map whose keys cannot be
 *   those of an object.
 */
export function unpack(bytes: Buffer, start: number, end: number, maxDepth: number): unknown {
  const marked: number[] = [];
  // Upstream would take what follows for the next frame.
  if (endOfValue(bytes, start, end, maxDepth, marked) !== end) {
    throw new ProtocolViolationError('The peer sent a frame with bytes after its message');
  }
  try {
    if (marked.length === 0 || !LOSES_MARKS) return packr.unpack(bytes, { start, end });
    return packr.unpack(doubleMarks(bytes, start, end, marked));
  } catch (error) {
    throw new ProtocolViolationError('The peer sent a map whose keys are arrays, maps or bytes', error);
  }
}

/** The bytes of a plain value: a view of what the next call may write over. */
export function pack(value: unknown): Buffer {
  const bytes = packr.pack(value, RESET_BUFFER_MODE);
  if (bytes.buffer.byteLength > ROOM) release();
  return bytes;
}

/** Later: all that use msgpackr write into one buffer, and another may be in the midst of it. */
function release(): void {
  if (isReleasing) return;
  isReleasing = true;
  queueMicrotask(() => {
    isReleasing = false;
    packr.useBuffer(Buffer.allocUnsafeSlow(ROOM));
  });
}

/** The bytes with one more mark at the beginning of the `texts` that begin with one, so that one is left. */
function doubleMarks(bytes: Buffer, start: number, end: number, texts: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let from = start;
  for (const text of texts) {
    // The tags of texts with a size of 1, 2 and 4 bytes follow each other.
    const width = 2 ** (bytes[text]! - 0xd9);
    const header = Buffer.from([0xdb, 0, 0, 0, 0]);
    header.writeUInt32BE(bytes.readUIntBE(text + 1, width) + MARK.length, 1);
    parts.push(bytes.subarray(from, text), header, MARK);
    from = text + 1 + width;
  }
  return Buffer.concat([...parts, bytes.subarray(from, end)]);
}

import { Found, FrameDecoder, measureLengthDelimited } from '../internals.js';
import { keep, type Micro } from './micro.js';

const FRAME_LENGTH = 90;
const CHUNK_LENGTH = 64 * 1024;

/** A prefix of one byte, and the rest. */
const frame = Buffer.alloc(FRAME_LENGTH, 'x');
frame[0] = FRAME_LENGTH - 1;
const chunk = Buffer.concat(Array.from({ length: Math.floor(CHUNK_LENGTH / FRAME_LENGTH) }, () => frame));

/** Finds `count` frames in `chunks`, which come again and again and end with a frame. */
function decode(chunks: readonly Buffer[], count: number): void {
  const decoder = new FrameDecoder(measureLengthDelimited, 4 * 1024 * 1024);
  for (let found = 0; found < count;) {
    for (const each of chunks) {
      decoder.push(each);
      while (decoder.next() === Found.Frame) found++;
    }
  }
  keep(decoder.end);
}

function cut(bytes: Buffer, length: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += length) pieces.push(bytes.subarray(start, start + length));
  return pieces;
}

/** Some 11 frames a piece, with one over the edge. */
const pieces = cut(chunk, 1_000);

export const frames: Micro[] = [
  { name: 'frame decode, 90 bytes, whole in chunks of 64 KiB', run: (count) => decode([chunk], count) },
  { name: 'frame decode, 90 bytes, cut by chunks of 1,000 bytes', run: (count) => decode(pieces, count) },
];

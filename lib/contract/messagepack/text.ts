import { isUtf8 } from 'node:buffer';

/** Up to this length a look at each byte takes less than a call out of JavaScript. */
const SHORT = 32;

/** Whether bytes are UTF-8: Rust has no other text. */
export function isText(bytes: Buffer, start: number, end: number): boolean {
  return (end - start <= SHORT && isAscii(bytes, start, end)) || isUtf8(bytes.subarray(start, end));
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (bytes[i]! >= 0x80) return false;
  }
  return true;
}

/** U+FEFF, which at the beginning of a text may be there to say that it is UTF-8, or be a part of it. */
export const MARK = Buffer.from('\ufeff');

export const isMarked = (bytes: Buffer, start: number): boolean =>
  bytes[start] === MARK[0] && bytes[start + 1] === MARK[1] && bytes[start + 2] === MARK[2];

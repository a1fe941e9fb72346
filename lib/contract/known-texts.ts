/** A longer text is not kept. Most patterns, and keys of objects, are shorter. */
const MAX_LENGTH = 64;
/** A power of two: the low bits of a text's hash say where it is kept. */
const SIZE = 256;

interface Known {
  readonly bytes: Uint8Array;
  readonly text: string;
}

// FNV-1a, whose constants these are: http://www.isthe.com/chongo/tech/comp/fnv/
export const EMPTY_HASH = 0x811c9dc5;
export const hashedWith = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

/**
 * Texts that come again and again, such as patterns: looked up by their bytes, which is faster than to make the same
 * string once more. It also spares the Maps behind, for a string that is known has its hash. A text takes the place of
 * another, so a peer that makes texts up takes no memory.
 */
export class KnownTexts {
  private readonly places: (Known | undefined)[] = new Array<Known | undefined>(SIZE).fill(undefined);

  /** The text in UTF-8 that lies in `bytes` from `start` to `end`. */
  read(bytes: Buffer, start: number, end: number): string {
    let hash = EMPTY_HASH;
    if (end - start <= MAX_LENGTH) for (let at = start; at < end; at++) hash = hashedWith(hash, bytes[at]!);
    return this.find(bytes, start, end, hash);
  }

  /** As {@link read}, for who has gone through the bytes already. @param hash theirs. */
  find(bytes: Buffer, start: number, end: number, hash: number): string {
    if (end - start > MAX_LENGTH) return bytes.toString('utf8', start, end);
    const place = (hash ^ (hash >>> 16)) & (SIZE - 1);
    const known = this.places[place];
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known.text;
    const text = bytes.toString('utf8', start, end);
    this.places[place] = { bytes: new Uint8Array(bytes.subarray(start, end)), text };
    return text;
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[start + index]) return false;
  return true;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether arrays and objects nest deeper than `maxDepth` in a JSON text, told before it is parsed. Of a text that is no JSON
 * it may say anything.
 *
 * @param text the bytes from `start` to `end`.
 */
export function nestsDeeper(text: string, bytes: Uint8Array, start: number, end: number, maxDepth: number): boolean {
  // What is opened has to be closed, so most payloads are too short. Most of the others have too few brackets at all.
  return end - start > 2 * maxDepth && opensMore(text, maxDepth) && deepens(bytes, start, end, maxDepth);
}

/** Whether `text` has more than `count` opening brackets: by what the engine does fast. */
function opensMore(text: string, count: number): boolean {
  let left = count;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (left-- === 0) return true;
    }
  }
  return false;
}

function deepens(bytes: Uint8Array, start: number, end: number, maxDepth: number): boolean {
  let depth = 0;
  for (let i = start; i < end; i++) {
    switch (bytes[i]) {
      case QUOTE:
        for (i++; i < end && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return false;
}

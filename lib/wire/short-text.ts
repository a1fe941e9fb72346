/** V8 copies what it cuts off a text of this length; of a longer one it would keep the whole. */
const MAX_LENGTH = 12;

/**
 * The text from `start` to `end`, if it is short and ASCII, as most names and codes are. Made without a call into Node,
 * which takes longer than all the rest of reading such a text.
 */
export function shortText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length > MAX_LENGTH || start + MAX_LENGTH > bytes.length) return undefined;
  let bits = 0;
  for (let offset = start; offset < end; offset++) bits |= bytes[offset]!;
  if (bits > 0x7f) return undefined;
  return String.fromCharCode(
    bytes[start]!,
    bytes[start + 1]!,
    bytes[start + 2]!,
    bytes[start + 3]!,
    bytes[start + 4]!,
    bytes[start + 5]!,
    bytes[start + 6]!,
    bytes[start + 7]!,
    bytes[start + 8]!,
    bytes[start + 9]!,
    bytes[start + 10]!,
    bytes[start + 11]!,
  ).slice(0, length);
}

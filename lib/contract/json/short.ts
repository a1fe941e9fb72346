const [major, minor] = process.versions.v8.split('.').map(Number) as [number, number];
/** V8 13.8 made JSON.stringify more than twice as fast: https://v8.dev/blog/json-stringify */
const isFastByItself = major > 13 || (major === 13 && minor >= 8);

/**
 * What counts as a short value, in bytes of its JSON. A longer one is left to JSON.stringify and JSON.parse: it costs less to
 * go there than to be gone through in a loop.
 */
export const MAX_SHORT = isFastByItself ? 128 : 1_024;

/** What counts as a short text in a value, in characters. With a longer one, the value is no short one. */
export const MAX_SHORT_TEXT = 64;

/** How deep a short value may nest: far from what would overflow the stack, and what ends a circle. */
export const MAX_SHORT_DEPTH = 16;

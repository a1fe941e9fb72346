import type { Metadata } from '../contract/index.js';

/** Metadata as it can travel: TypeScript asks for strings, but numbers and the like come all the same. */
export function metadataOf(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
}

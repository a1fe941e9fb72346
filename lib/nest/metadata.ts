import type { Metadata } from '../contract/index.js';
import { InvalidRequestError } from '../errors/index.js';

/**
 * Metadata as it can travel: TypeScript asks for strings, but numbers and the like come all the same.
 *
 * @throws InvalidRequestError for what cannot become a text.
 */
export function metadataOf(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, asText(key, value)]));
}

function asText(key: string, value: unknown): string {
  try {
    return String(value);
  } catch (error) {
    throw new InvalidRequestError(`The metadata ${JSON.stringify(key)} cannot become a text`, error);
  }
}

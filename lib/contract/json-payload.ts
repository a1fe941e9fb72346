import { NotSerializableError, UnreadablePayloadError } from '../errors/index.js';
import type { PayloadSerializer } from './payload-serializer.js';

/** Payloads as JSON in UTF-8: the default, as in Nest's TCP transport. */
export const jsonPayload: PayloadSerializer = {
  serialize(value) {
    let text: string | undefined;
    try {
      text = JSON.stringify(value);
    } catch (error) {
      throw new NotSerializableError(`The payload cannot be written as JSON: ${String(error)}`, error);
    }
    if (text === undefined) {
      throw new NotSerializableError(`The payload cannot be written as JSON: it is a ${typeof value}`);
    }
    return text;
  },

  deserialize(bytes, start, end) {
    try {
      return JSON.parse(bytes.toString('utf8', start, end)) as unknown;
    } catch (error) {
      // The text of a SyntaxError quotes the payload, which has no business in logs.
      throw new UnreadablePayloadError('The payload is not valid JSON', error);
    }
  },
};

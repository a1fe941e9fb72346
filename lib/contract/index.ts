export { builtInCodec } from './built-in/built-in-codec.js';
export type { Codec } from './codec.js';
export { jsonPayload } from './json-payload.js';
export type { Message, Metadata } from './message.js';
export type { PayloadSerializer } from './payload-serializer.js';

export { builtInCodec, builtInContract } from './built-in/built-in-codec.js';
export type { Calls, Codec, Decoder, Encoder } from './codec.js';
export { GOING_AWAY, idempotentRoute, isOfConnection, PING, PONG } from './connection-messages.js';
export type { Contract } from './contract.js';
export { WholeResponse } from './envelope/routes.js';
export { DEFAULT_MAX_PAYLOAD_DEPTH, jsonPayload } from './json/json-payload.js';
export { isBare, type Message, type Metadata } from './message.js';
export type { PayloadSerializer } from './payload-serializer.js';

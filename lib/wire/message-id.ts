/**
 * What ties a reply to its request: any unsigned 64-bit number. A `number` up to 2^53-1 and a `bigint` above it, so
 * that each id has exactly one form and can be the key of a `Map`.
 */
export type MessageId = number | bigint;

/** In the built-in contract, the id of messages about the connection itself. Calls start at 1. */
export const CONNECTION_ID: MessageId = 0;

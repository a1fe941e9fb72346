/**
 * What ties a reply to its request: any unsigned 64-bit number. A `number` up to 2^53-1 and a `bigint` above it, so
 * that each id has exactly one form and can be the key of a `Map`.
 */
export type MessageId = number | bigint;

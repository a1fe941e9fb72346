/** Wire types of protobuf. */
export const LENGTH_DELIMITED = 2;
export const GROUP = 3;
export const END_OF_GROUP = 4;

/** What is before the value of the field `id`. */
export const tagOf = (id: number, wireType: number): number => ((id << 3) | wireType) >>> 0;

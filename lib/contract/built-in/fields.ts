/**
 * The tags (field number and wire type) of `proto/protosocket.proto`, whose comments say what each field is for. A test
 * holds this file against the .proto.
 */
const VARINT = 0;
const BYTES = 2;

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

export const Tag = {
  id: tag(1, VARINT),
  code: tag(2, VARINT),
  pattern: tag(3, BYTES),
  payload: tag(4, BYTES),
  more: tag(5, VARINT),
  event: tag(6, VARINT),
  timeout: tag(7, VARINT),
  metadata: tag(8, BYTES),
  status: tag(9, BYTES),
  raw: tag(10, BYTES),
  packet: tag(11, VARINT),
} as const;

export const EntryTag = { key: tag(1, BYTES), value: tag(2, BYTES) } as const;

export const StatusTag = { code: tag(1, BYTES), message: tag(2, BYTES), details: tag(3, BYTES) } as const;

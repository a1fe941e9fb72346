import {
  bytes,
  messagePackContract,
  optional,
  string,
  struct,
  u64,
  u8,
  unit,
  type ValueOf,
  variants,
} from 'nestjs-protosocket/messagepack';

/*
 * The messages of the store, field by field as its Rust structs have them; see the README.
 */
export const Entry = struct({ key: string, value: bytes });
export const Prefix = struct({ prefix: string });

const Request = struct({
  id: u64,
  code: u8,
  command: optional(variants({ Put: Entry, Get: string, Watch: Prefix, Clear: unit })),
});

const Response = struct({
  id: u64,
  code: u8,
  reply: optional(
    variants({ Done: unit, Value: bytes, Change: Entry, Error: struct({ code: string, message: string }) }),
  ),
});

export const contract = messagePackContract({
  request: Request,
  response: Response,
  // What the messages alone do not tell: which reply belongs to which command, and which commands have many.
  routes: {
    Put: { response: 'Done' },
    Get: { response: 'Value' },
    Watch: { response: 'Change', reply: 'stream' },
    Clear: { response: 'Done' },
  },
  error: 'Error',
});

/** The types follow from the structs. */
export type Entry = ValueOf<typeof Entry>;
export type Prefix = ValueOf<typeof Prefix>;

import { protobufContract } from 'nestjs-protosocket/protobuf';

/**
 * rmemstore's own .proto, as it is. The id, the control code and the routes `put` and `get` are found in it. Its response has
 * arms of other names, and none at all for a miss; so handlers return, and callers get, whole responses.
 */
export const rmemstore = protobufContract({
  proto: 'sample/04-rmemstore/proto/rmemstore.proto',
  request: 'rmemstore.Rpc',
  response: 'rmemstore.Response',
});

export interface Value {
  readonly blob?: Uint8Array;
  readonly string?: string;
  readonly map?: { readonly map: Readonly<Record<string, Value>> };
}

export interface Put {
  readonly key: Uint8Array;
  readonly value?: Value | null;
}

export interface Get {
  readonly key: Uint8Array;
}

/** Neither of the two is a miss. */
export interface Response {
  readonly ok?: boolean;
  readonly value?: Value;
}

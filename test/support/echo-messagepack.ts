import type { Contract } from 'nestjs-protosocket';
import {
  messagePackContract,
  type MessagePackContractOptions,
  optional,
  string,
  struct,
  u32,
  u64,
  unit,
  variants,
} from 'nestjs-protosocket/messagepack';

/** The contract of upstream's examples, as its Rust structs have it: `test/interop/peers/src/echo.rs`. */
export const EchoRequest = struct({
  request_id: u64,
  code: u32,
  body: optional(struct({ message: string, nanotime: u64 })),
  response_behavior: variants({ Unary: unit, Stream: unit }),
});

export const EchoResponse = struct({
  request_id: u64,
  code: u32,
  kind: optional(
    variants({
      Echo: struct({ message: string, nanotime: u64 }),
      Stream: struct({ message: string, nanotime: u64, sequence: u64 }),
    }),
  ),
});

export function echoContract(options: Partial<MessagePackContractOptions> = {}): Contract {
  return messagePackContract({
    request: EchoRequest,
    response: EchoResponse,
    route: 'response_behavior',
    routes: { Unary: { response: 'Echo' }, Stream: { response: 'Stream', reply: 'stream' } },
    ...options,
  });
}

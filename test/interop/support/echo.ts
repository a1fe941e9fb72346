import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { Contract } from 'nestjs-protosocket';
import { protobufContract } from 'nestjs-protosocket/protobuf';

import { echoContract as messagePackEcho } from '../../support/echo-messagepack.js';
import type { Wire } from './rust.js';

export interface Echo {
  readonly message: string;
  /** Any unsigned 64 bits. */
  readonly nanotime: number | bigint;
}

export interface EchoItem extends Echo {
  readonly sequence: number | bigint;
}

export interface EchoRequest {
  readonly body: Echo;
}

const routes = { Unary: { response: 'echo' }, Stream: { response: 'stream', reply: 'stream' } } as const;

/** The contract of upstream's example. */
export function echoContract({ format, named }: Wire): Contract {
  if (format === 'messagepack') return messagePackEcho({ structs: named ? 'map' : 'array' });
  return protobufContract({
    proto: 'test/interop/proto/echo.proto',
    request: 'Request',
    response: 'Response',
    route: 'responseBehavior',
    routes,
  });
}

/** Serves it as the Rust server does: a stream has an item for each byte, or what `stream:N:SIZE` asks for. */
@Controller()
export class EchoController {
  @MessagePattern('Unary')
  unary({ body }: EchoRequest): Echo {
    return body;
  }

  @MessagePattern('Stream')
  *stream({ body: { message, nanotime } }: EchoRequest): Generator<EchoItem> {
    const [, count, size] = /^stream:(\d+)(?::(\d+))?$/.exec(message) ?? [];
    const items = count === undefined ? message.length : Number(count);
    for (let sequence = 0; sequence < items; sequence++) {
      const text = count === undefined ? message[sequence]! : String(sequence).padEnd(Number(size ?? 0), 'x');
      yield { message: text, nanotime, sequence };
    }
  }
}

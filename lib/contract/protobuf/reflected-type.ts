import type protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';
import { FromPlain } from './from-plain.js';
import { type PlainDecoder, plainDecoder } from './plain-decoder.js';
import type { PlainOptions } from './plain-options.js';
import { outOfRange } from './primitives.js';
import type { MessageType } from './protobuf-format.js';

/** A type that was read from a .proto. */
export class ReflectedType implements MessageType {
  private readonly fromPlain: FromPlain;
  private readonly decoder: PlainDecoder;

  constructor(
    private readonly type: protobuf.Type,
    options: PlainOptions,
  ) {
    this.fromPlain = FromPlain.of(type);
    this.decoder = plainDecoder(type, options);
  }

  read(reader: protobuf.Reader, length: number): Fields {
    const end = reader.pos + length;
    if (end > reader.len) throw outOfRange();
    return this.decoder.decode(reader, end, 0);
  }

  write(fields: Fields, writer: protobuf.Writer): void {
    this.type.encode(this.fromPlain.message(fields), writer);
  }
}

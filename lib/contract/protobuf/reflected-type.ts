import type protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';
import { FromPlain } from './from-plain.js';
import type { MessageType } from './protobuf-format.js';
import { type PlainOptions, ToPlain } from './to-plain.js';

/** A type that was read from a .proto, with the codec that protobufjs compiles for it. */
export class ReflectedType implements MessageType {
  private readonly fromPlain: FromPlain;
  private readonly toPlain: ToPlain;

  constructor(
    private readonly type: protobuf.Type,
    options: PlainOptions,
  ) {
    this.fromPlain = FromPlain.of(type);
    this.toPlain = new ToPlain(type, options);
  }

  read(reader: protobuf.Reader, length: number): Fields {
    return this.toPlain.convert(this.type.decode(reader, length));
  }

  write(fields: Fields, writer: protobuf.Writer): void {
    this.type.encode(this.fromPlain.message(fields), writer);
  }
}

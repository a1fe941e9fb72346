import type protobuf from 'protobufjs';

import { NotSerializableError } from '../../errors/index.js';
import type { Fields } from '../envelope/message-format.js';
import { Mismatch } from './mismatch.js';
import { type PlainDecoder, plainDecoder } from './plain-decoder.js';
import { type PlainEncoder, plainEncoder } from './plain-encoder.js';
import type { PlainOptions } from './plain-options.js';
import { MessageReader } from './message-reader.js';
import type { MessageType } from './protobuf-format.js';

/** A type that was read from a .proto. */
export class ReflectedType implements MessageType {
  readonly reader = new MessageReader(Buffer.alloc(0));
  private readonly name: string;
  private readonly decoder: PlainDecoder;
  private readonly encoder: PlainEncoder;

  constructor(type: protobuf.Type, options: PlainOptions) {
    this.name = type.name;
    this.decoder = plainDecoder(type, options);
    this.encoder = plainEncoder(type);
  }

  read(length: number): Fields {
    return this.decoder.plain(this.decoder.decode(this.reader, length));
  }

  write(fields: Fields, writer: protobuf.Writer): void {
    try {
      this.encoder.encode(this.encoder.message(fields, 0), writer);
    } catch (error) {
      if (error instanceof Mismatch) throw new NotSerializableError(error.within(this.name).message);
      throw error;
    }
  }
}

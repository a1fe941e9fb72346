import protobuf from 'protobufjs';

import { NotSerializableError } from '../../errors/index.js';
import { type FrameSink, measureLengthDelimited, varintLength, writeVarint } from '../../wire/index.js';
import type { Fields, MessageFormat } from '../envelope/message-format.js';

/** A writer that has grown beyond this served one large message, and would hold its memory for ever. */
const MAX_KEPT = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** What encodes and decodes one type of message. */
export interface MessageType {
  /** Throws for what is no such message. */
  read(reader: protobuf.Reader, length: number): Fields;

  /** @throws NotSerializableError */
  write(fields: Fields, writer: protobuf.Writer): void;
}

/** Messages of one type, as frames with their length before them. */
export class ProtobufFormat implements MessageFormat {
  readonly measure = measureLengthDelimited;
  private writer = protobuf.Writer.create();
  /** One serves every message: reading never awaits, and never nests beyond what protobufjs sees to. */
  private readonly reader = protobuf.Reader.create(NO_BYTES);

  constructor(private readonly type: MessageType) {}

  read(bytes: Buffer, start: number, end: number): Fields {
    const { reader } = this;
    reader.buf = bytes;
    reader.pos = start;
    reader.len = end;
    const fields = this.type.read(reader, reader.uint32());
    // Kept, it would hold the memory of the chunk until the next message.
    reader.buf = NO_BYTES;
    return fields;
  }

  write(fields: Fields, out: FrameSink): void {
    const { writer } = this;
    try {
      this.type.write(fields, writer.reset());
    } catch (error) {
      // What was left half-written is of no more use.
      this.writer = protobuf.Writer.create();
      if (error instanceof NotSerializableError) throw error;
      throw new NotSerializableError(`The message cannot be written: ${String(error)}`, error);
    }
    const length = writer.pos;
    let offset = out.reserve(varintLength(length) + length);
    offset = writeVarint(out.bytes, offset, length);
    writer.finishInto(out.bytes, offset);
    out.commit(offset + length);
    if (length > MAX_KEPT) this.writer = protobuf.Writer.create();
  }
}

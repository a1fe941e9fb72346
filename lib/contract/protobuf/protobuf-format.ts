import protobuf from 'protobufjs';

import { NotSerializableError, textOf } from '../../errors/index.js';
import { type FrameSink, measureLengthDelimited, varintLength, writeVarint } from '../../wire/index.js';
import type { Fields, MessageFormat } from '../envelope/message-format.js';
import { MessageWriter } from './message-writer.js';

/**
 * A writer whose buffer has grown beyond this served one large message, and would hold its memory for ever. That message
 * need not have been so long: of a list of numbers there is room for the longest that each might be.
 */
const MAX_KEPT = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** What encodes and decodes one type of message. */
export interface MessageType {
  /** What reads them, one after the other: reading never awaits, and never nests beyond what protobufjs sees to. */
  readonly reader: protobuf.Reader;

  /** Reads one of `length` bytes from where the reader is. Throws for what is no such message. */
  read(length: number): Fields;

  /** @throws NotSerializableError */
  write(fields: Fields, writer: protobuf.Writer): void;
}

/** Messages of one type, as frames with their length before them. */
export class ProtobufFormat implements MessageFormat {
  readonly measure = measureLengthDelimited;
  /** None while it is in use: what is being written may be an object that sends another message. */
  private writer: MessageWriter | undefined;

  constructor(private readonly type: MessageType) {}

  read(bytes: Buffer, start: number, end: number): Fields {
    const { reader } = this.type;
    reader.buf = bytes;
    reader.pos = start;
    reader.len = end;
    try {
      return this.type.read(reader.uint32());
    } catch (error) {
      // It has the message, as far as it was read: payloads have no business in logs.
      throw error instanceof protobuf.util.ProtocolError ? new Error(error.message) : error;
    } finally {
      // Kept, they would hold the memory of the chunk until the next message. And the view, which long lists of numbers are
      // read by, would go on to read from there.
      reader.buf = NO_BYTES;
      reader.view = null;
    }
  }

  write(fields: Fields, out: FrameSink): void {
    const writer = this.writer ?? new MessageWriter();
    this.writer = undefined;
    try {
      this.type.write(fields, writer);
    } catch (error) {
      // A writer with something half-written is of no more use.
      if (error instanceof NotSerializableError) throw error;
      throw new NotSerializableError(`The message cannot be written: ${textOf(error)}`, error);
    }
    const length = writer.pos;
    let offset = out.reserve(varintLength(length) + length);
    offset = writeVarint(out.bytes, offset, length);
    writer.finishInto(out.bytes, offset);
    out.commit(offset + length);
    if (writer.buf.length <= MAX_KEPT) {
      writer.reset();
      this.writer = writer;
    }
  }
}

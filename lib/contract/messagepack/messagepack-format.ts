import { NotSerializableError, ProtocolViolationError } from '../../errors/index.js';
import { ControlCode, type FrameSink } from '../../wire/index.js';
import type { Fields, MessageFormat } from '../envelope/message-format.js';
import { endOfValue } from './end-of-value.js';
import { measureMessagePack, PREFIX_LENGTH, writeFrame } from './frame.js';
import { Reader } from './reader.js';
import type { StructKind } from './struct.js';
import { Writer, type WriterOptions } from './writer.js';

/** A writer that has served a larger message is not kept: its memory would be held for ever. */
const MAX_KEPT = 64 * 1024;

/** Messages that are a struct, one in each frame. */
export class MessagePackFormat implements MessageFormat {
  readonly measure = measureMessagePack;
  private readonly blank: Fields;
  private spare: Writer | undefined;

  /** @param codeField the field with the control code. */
  constructor(
    private readonly struct: StructKind,
    private readonly codeField: string,
    private readonly options: WriterOptions,
  ) {
    this.blank = struct.blank();
  }

  read(bytes: Buffer, start: number, end: number): Fields {
    const { maxDepth, message } = this.options;
    const body = start + PREFIX_LENGTH;
    const valueEnd = endOfValue(bytes, body, end, maxDepth);
    // Upstream would take what follows for the next frame.
    if (valueEnd !== end) throw new ProtocolViolationError('The peer sent a frame with bytes after its message');
    return this.struct.read(new Reader(bytes, body, message));
  }

  write(fields: Fields, out: FrameSink): void {
    // Taken away while it is in use: what is written may be an object whose `toJSON` sends a message.
    const writer = this.spare ?? new Writer(this.options);
    this.spare = undefined;
    writer.restart();
    // A Cancel or an End has nothing to say but that, and still every field.
    const isCallOnly = fields[this.codeField] !== ControlCode.Normal;
    try {
      this.struct.write(isCallOnly ? { ...this.blank, ...fields } : fields, writer);
    } catch (error) {
      if (error instanceof NotSerializableError) throw error;
      throw new NotSerializableError(`The message cannot be written: ${String(error)}`, error);
    }
    const body = writer.written;
    writeFrame(body, out);
    if (body.length <= MAX_KEPT) this.spare = writer;
  }
}

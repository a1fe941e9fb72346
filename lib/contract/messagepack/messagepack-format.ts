import { NotSerializableError, textOf } from '../../errors/index.js';
import { ControlCode, type FrameSink } from '../../wire/index.js';
import type { Fields, MessageFormat } from '../envelope/message-format.js';
import { measureMessagePack, PREFIX_LENGTH, writeFrame } from './frame.js';
import { ReadPlace, type WriteOptions, WritePlace } from './place.js';
import { pack, unpack } from './plain-values.js';
import type { StructKind } from './struct.js';

/** Messages that are a struct, one in each frame. */
export class MessagePackFormat implements MessageFormat {
  readonly measure = measureMessagePack;
  private readonly blank: Fields;

  /** @param codeField the field with the control code. */
  constructor(
    private readonly struct: StructKind,
    private readonly codeField: string,
    private readonly options: WriteOptions,
  ) {
    this.blank = struct.blank();
  }

  read(bytes: Buffer, start: number, end: number): Fields {
    const { maxDepth, message } = this.options;
    return this.struct.read(unpack(bytes, start + PREFIX_LENGTH, end, maxDepth), new ReadPlace(message));
  }

  write(fields: Fields, out: FrameSink): void {
    writeFrame(this.bodyOf(fields), out);
  }

  private bodyOf(fields: Fields): Buffer {
    // A Cancel or an End has nothing to say but that, and still every field.
    const isCallOnly = fields[this.codeField] !== ControlCode.Normal;
    try {
      return pack(this.struct.write(isCallOnly ? { ...this.blank, ...fields } : fields, new WritePlace(this.options)));
    } catch (error) {
      if (error instanceof NotSerializableError) throw error;
      throw new NotSerializableError(`The message cannot be written: ${textOf(error)}`, error);
    }
  }
}

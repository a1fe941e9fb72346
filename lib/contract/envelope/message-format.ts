import type { FrameSink, MeasureFrame } from '../../wire/index.js';

/** A message as its schema has it: field by field. */
export type Fields = Record<string, unknown>;

/** How the messages of one schema look as bytes, whatever they mean. */
export interface MessageFormat {
  readonly measure: MeasureFrame;

  /** Reads the frame from `start` to `end`, prefix included. Throws whatever it likes for what it cannot read. */
  read(bytes: Buffer, start: number, end: number): Fields;

  /**
   * Writes one frame.
   *
   * @throws NotSerializableError for fields that do not fit the schema.
   */
  write(fields: Fields, out: FrameSink): void;
}

import type { FrameSink, MeasureFrame } from '../../wire/index.js';

/** A message as its schema has it: field by field. */
export type Fields = Record<string, unknown>;

/** The field `name` of a message that was read. It is no function: that is `constructor` or the like, which every object has. */
export function fieldIn(fields: Fields, name: string): unknown {
  const value = fields[name];
  return typeof value === 'function' ? undefined : value;
}

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

import type { ControlCode, MessageId } from '../../wire/index.js';
import type { Fields } from './message-format.js';

/** Makes a message of a call out of what is in one of its fields. */
export type MakeMessage = (id: MessageId, code: ControlCode, value: unknown) => Fields;

/** Makes the messages of calls, which have an id and a control code beside what else is in them. */
export class CallMessages {
  /**
   * @param id, code The names of the fields that hold the id and the control code.
   * @param blanks The fields that a message has to have whatever it says, with nothing in them.
   */
  constructor(
    readonly id: string,
    readonly code: string,
    protected readonly blanks: Fields = {},
  ) {}

  /** What makes messages with the field `name`. */
  withField(name: string): MakeMessage {
    return (id, code, value) => this.of(id, code, { ...this.blanks, ...fieldOf(name, value) });
  }

  /** A message that says nothing else. */
  bare(id: MessageId, code: ControlCode): Fields {
    return this.of(id, code, { ...this.blanks });
  }

  /** A message with `fields`, to which what belongs to the call is added. */
  of(id: MessageId, code: ControlCode, fields: Fields): Fields {
    fields[this.id] = id;
    fields[this.code] = code;
    return fields;
  }
}

/** Not `{ [name]: value }`: V8 makes that slowly, as soon as there have been two names. */
export function fieldOf(name: string, value: unknown): Fields {
  const fields: Fields = {};
  fields[name] = value;
  return fields;
}

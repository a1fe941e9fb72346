import protobuf from 'protobufjs';

import { NotSerializableError } from '../../errors/index.js';
import { assertObject, EncodedField } from './encoded-field.js';
import { membersIn, runsOf } from './encoded-members.js';
import { GeneratedCode } from './generated-code.js';
import { Mismatch } from './mismatch.js';

/** What writes the messages of a type. */
export interface PlainEncoder {
  /** Throws a {@link Mismatch}. What was written before it is to be thrown away. */
  encode(value: unknown, writer: protobuf.Writer, depth: number): void;
}

/** As deep as protobufjs reads. */
const MAX_DEPTH = protobuf.util.recursionLimit;

/**
 * Makes the code that checks plain objects and writes them as messages of `type`, on protobufjs' writer. Code, and no loop
 * over the fields: there each of them would pass through the same few instructions, which V8 cannot make fast for so many
 * names and functions.
 */
export function plainEncoder(type: protobuf.Type, known = new Map<protobuf.Type, PlainEncoder>()): PlainEncoder {
  const existing = known.get(type);
  if (existing) return existing;
  const encoder = {} as PlainEncoder;
  // Before its fields: messages may nest themselves.
  known.set(type, encoder);
  const generated = new GeneratedCode();
  const parts = { generated, encoderOf: (nested: protobuf.Type) => plainEncoder(nested, known) };
  const fields = [...type.fieldsArray]
    .sort((a, b) => a.id - b.id)
    .map((field) => new EncodedField(field.resolve(), parts));
  encoder.encode = generated.compile(codeOf(type, fields, generated));
  return encoder;
}

function codeOf(type: protobuf.Type, fields: readonly EncodedField[], generated: GeneratedCode): string {
  const writeField = ({ code, id, name, required }: EncodedField): string => `
      at = ${id};
      value = ${valueOf(JSON.stringify(name), name in Object.prototype)};
      if (value !== undefined && value !== null) {
        ${code}
        step = undefined;
      }${required ? ` else ${generated.use(isMissing)}(value);` : ''}`;
  const writeMember = (field: EncodedField): string => `
          case ${field.id}: {${writeField(field)}
            break;
          }`;
  const writeMembers = (members: readonly EncodedField[]): string => `
      for (const id of ${generated.use(membersIn(members))}(source)) {
        switch (id) {${members.map(writeMember).join('')}
        }
      }`;
  const names = new Map(fields.map(({ id, name }) => [id, name]));
  const outOf = (at: number, step: string | number | undefined, error: unknown): unknown => {
    if (!(error instanceof Mismatch)) return error;
    if (step !== undefined) error.within(`[${JSON.stringify(step)}]`);
    return at === 0 ? error : error.within(`.${names.get(at)}`);
  };
  const write = (run: readonly EncodedField[]): string => (run.length > 1 ? writeMembers(run) : writeField(run[0]!));
  return `(source, w, depth) => {
    let at = 0, step, value;
    try {
      ${generated.use(assertObject)}(source);
      if (depth > ${MAX_DEPTH}) ${generated.use(isTooDeep)}(${JSON.stringify(type.name)});${runsOf(fields).map(write).join('')}
    } catch (error) {
      throw ${generated.use(outOf)}(at, step, error);
    }
  }`;
}

/** What every object inherits, such as `constructor`, is no value of a field that is called so. */
const valueOf = (name: string, isInherited: boolean): string =>
  isInherited ? `Object.hasOwn(source, ${name}) ? source[${name}] : undefined` : `source[${name}]`;

function isMissing(value: unknown): never {
  throw new Mismatch('there', value);
}

function isTooDeep(name: string): never {
  throw new NotSerializableError(`${name} is nested deeper than ${MAX_DEPTH}`);
}

import protobuf from 'protobufjs';

import { NotSerializableError } from '../../errors/index.js';
import { GeneratedCode } from './generated-code.js';
import { assertObject, GivenField } from './given-field.js';
import { encodedClass, type Message } from './message-class.js';
import { Mismatch } from './mismatch.js';
import type { PlainEncoder } from './plain-encoder.js';

/** As deep as protobufjs reads. */
const MAX_DEPTH = protobuf.util.recursionLimit;

/** Makes the code that checks a plain object, and makes of it what protobufjs can encode: the `fields` of a message of `type`. */
export function fromPlain(
  type: protobuf.Type,
  fields: readonly protobuf.Field[],
  encoderOf: (type: protobuf.Type) => PlainEncoder,
): (source: unknown, depth: number) => Message {
  const generated = new GeneratedCode();
  const given = fields.map((field) => new GivenField(field, encoderOf, generated));
  const names = new Map(fields.map(({ id, name }) => [id, name]));
  const outOf = (at: number, step: string | number | undefined, error: unknown): unknown => {
    if (!(error instanceof Mismatch)) return error;
    if (step !== undefined) error.within(`[${JSON.stringify(step)}]`);
    return at === 0 ? error : error.within(`.${names.get(at)}`);
  };
  return generated.compile(`(source, depth) => {
    let at = 0, step, value;
    try {
      ${generated.use(assertObject)}(source);
      if (depth > ${MAX_DEPTH}) ${generated.use(isTooDeep)}(${JSON.stringify(type.name)});
      const message = new ${generated.use(encodedClass(fields))}();${given.map((field) => take(field, generated)).join('')}
      return message;
    } catch (error) {
      throw ${generated.use(outOf)}(at, step, error);
    }
  }`);
}

const take = ({ convert, given, id, name, required }: GivenField, generated: GeneratedCode): string => `
      at = ${id};
      value = ${given};
      if (value !== undefined && value !== null) {
        ${convert}
        message[${name}] = value;
        step = undefined;
      }${required ? ` else ${generated.use(isMissing)}(value);` : ''}`;

function isMissing(value: unknown): never {
  throw new Mismatch('there', value);
}

function isTooDeep(name: string): never {
  throw new NotSerializableError(`${name} is nested deeper than ${MAX_DEPTH}`);
}

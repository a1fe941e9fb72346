import protobuf from 'protobufjs';

import { isLarge } from './choice.js';
import { fromPlain } from './from-plain.js';
import { compile } from './generated-code.js';
import { narrowedEncoder } from './narrowed-encoder.js';
import { withFields } from './with-fields.js';

/** What writes the messages of a type. protobufjs' encoders call each other by `encode`. */
export interface PlainEncoder {
  /** Makes of a plain object what is to be encoded. Throws a {@link Mismatch} for what is no such message. */
  message(source: unknown, depth: number): unknown;

  /** What protobufjs has compiled for the type. */
  encode(message: unknown, writer: protobuf.Writer, depth?: number): protobuf.Writer;
}

/**
 * Compiles protobufjs' encoder of `type`, and the code that checks plain objects and makes of them what it can encode: by
 * itself it would write a bigint as 0, and most of what is not of its field's type as whatever comes of it.
 */
export function plainEncoder(type: protobuf.Type, known = new Map<protobuf.Type, PlainEncoder>()): PlainEncoder {
  const existing = known.get(type);
  if (existing) return existing;
  const encoder = {} as PlainEncoder;
  // Before its fields: messages may nest themselves.
  known.set(type, encoder);
  const encoderOf = (nested: protobuf.Type): PlainEncoder => plainEncoder(nested, known);
  const fields = type.fieldsArray.map((field) => field.resolve()).sort((a, b) => a.id - b.id);
  // All at once, also what is compiled later: by then somebody may have changed them.
  for (const { resolvedType } of fields) if (resolvedType instanceof protobuf.Type) encoderOf(resolvedType);
  const encoderFor = (some: readonly protobuf.Field[]): PlainEncoder => ({
    message: fromPlain(type, some, encoderOf),
    encode: compiled(type, some, encoderOf),
  });
  const isNarrowed = type.oneofsArray.some(isLarge);
  return Object.assign(encoder, isNarrowed ? narrowedEncoder(fields, encoderFor) : encoderFor(fields));
}

/** protobufjs' encoders ask of each value whether a message has it itself. Ours inherit nothing. */
const Objects = Object.create(Object, { hasOwnProperty: { value: { call: () => true } } }) as ObjectConstructor;

function compiled(
  type: protobuf.Type,
  fields: readonly protobuf.Field[],
  encoderOf: (type: protobuf.Type) => PlainEncoder,
): PlainEncoder['encode'] {
  const types = fields.map(({ resolvedType }) =>
    resolvedType instanceof protobuf.Type ? encoderOf(resolvedType) : resolvedType,
  );
  const scope = { Object: Objects, Writer: protobuf.Writer, types, util: protobuf.util };
  return compile(protobuf.encoder(withFields(type, fields)), scope) as PlainEncoder['encode'];
}

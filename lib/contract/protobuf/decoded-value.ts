import protobuf from 'protobufjs';

import { featuresOf, isClosed } from './features.js';
import type { GeneratedCode } from './generated-code.js';
import { integerOf, isLong } from './long.js';
import type { PlainDecoder } from './plain-decoder.js';
import type { Int64Form, PlainOptions } from './plain-options.js';
import { endOfDelimited, type Integer64, readInteger64, readText } from './primitives.js';
import { END_OF_GROUP, GROUP, LENGTH_DELIMITED, tagOf } from './tag.js';

/** What a decoder is made of. */
export interface DecoderParts {
  readonly options: PlainOptions;
  readonly generated: GeneratedCode;
  readonly decoderOf: (type: protobuf.Type) => PlainDecoder;
}

/** The part of a decoder that reads one value: that of a field, or one of several. */
export interface DecodedValue {
  readonly wireType: number;
  /** The expression for it where none was sent. */
  readonly byDefault: string;
  /** The expression that makes a message without fields. */
  readonly empty?: string;
  /** What is read may be `undefined`, for a number that is no member of a closed enum. */
  readonly mayBeNone?: boolean;
  /** The expression that reads one; `into` is the one for what came before in the same field. */
  read(into: string): string;
}

const formOf: Readonly<Record<Int64Form, (value: Integer64) => unknown>> = {
  number: (value) => value,
  bigint: BigInt,
  string: String,
};

/** The value of `field`, whose types have been resolved, or each that it has. */
export function decodedValue(field: protobuf.Field, parts: DecoderParts): DecodedValue {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) return message(field, resolvedType, parts);
  const initial: unknown = field.map || field.repeated ? undefined : field.typeDefault;
  if (resolvedType instanceof protobuf.Enum) return member(resolvedType, parts, initial);
  return scalar(field.type, field, parts, initial);
}

function message(field: protobuf.Field, type: protobuf.Type, { decoderOf, generated }: DecoderParts): DecodedValue {
  const decoder = generated.use(decoderOf(type));
  // Never in a map, whatever holds for the whole file.
  if (field.delimited && !field.map) {
    const endTag = tagOf(field.id, END_OF_GROUP);
    return {
      wireType: GROUP,
      byDefault: 'null',
      read: (into) => `${decoder}.decode(r, end, depth + 1, ${into}, ${endTag})`,
    };
  }
  const endOf = generated.use(endOfDelimited);
  return {
    wireType: LENGTH_DELIMITED,
    byDefault: 'null',
    empty: `${decoder}.decode(r, r.pos, depth + 1)`,
    read: (into) => `${decoder}.decode(r, ${endOf}(r), depth + 1, ${into})`,
  };
}

function member(type: protobuf.Enum, { generated, options }: DecoderParts, initial: unknown = 0): DecodedValue {
  const { valuesById } = type;
  const closed = isClosed(type);
  const isNamed = options.enums === 'name';
  const memberOf = (number: number): number | string | undefined => {
    const name = valuesById[number];
    if (name === undefined) return closed ? undefined : number;
    return isNamed ? name : number;
  };
  return {
    wireType: 0,
    byDefault: literal(memberOf(initial as number), generated),
    mayBeNone: closed,
    read: () => (closed || isNamed ? `${generated.use(memberOf)}(r.int32())` : 'r.int32()'),
  };
}

/** @param initial What protobufjs has for its default: of 64 bits in a form of its own, of bytes as an array. */
export function scalar(
  type: string,
  field: protobuf.ReflectionObject,
  { generated, options }: DecoderParts,
  initial: unknown = (protobuf.types.defaults as Record<string, unknown>)[type],
): DecodedValue {
  const wireType = (protobuf.types.basic as Record<string, number>)[type]!;
  const readInteger = readInteger64[type];
  if (readInteger) {
    const form = formOf[options.int64];
    const read = options.int64 === 'number' ? readInteger : (reader: protobuf.Reader) => form(readInteger(reader));
    const byDefault = literal(form(isLong(initial) ? integerOf(initial) : 0), generated);
    return { wireType, byDefault, read: () => `${generated.use(read)}(r)` };
  }
  if (type === 'bytes') {
    // A copy for each: who gets one may write into it, or hand it to a worker. Where nothing may be there it is `null`.
    const copy = generated.use(() => Buffer.from((initial ?? []) as number[]));
    return { wireType, byDefault: `${copy}()`, read: () => 'r.bytes()' };
  }
  const byDefault = literal(initial, generated);
  // Only of some editions of .proto texts need be UTF-8.
  if (type === 'string' && featuresOf(field).utf8_validation === 'VERIFY') {
    return { wireType, byDefault, read: () => `${generated.use(readText)}(r)` };
  }
  return { wireType, byDefault, read: () => `r.${type}()` };
}

function literal(value: unknown, generated: GeneratedCode): string {
  // JSON has it as 0, and so has a Map that it is a key of.
  if (Object.is(value, -0)) return '-0';
  const isExact = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return isExact ? JSON.stringify(value) : generated.use(value);
}

import protobuf from 'protobufjs';

import { NotSerializableError } from '../../errors/index.js';
import { bigintOf, isLong, longOf } from './long.js';

/** Makes of a value what protobufjs can encode. @throws NotSerializableError, which names the place. */
type Convert = (value: unknown, place: string, depth: number) => unknown;

/** As deep as protobufjs reads. */
const MAX_DEPTH = 100;

/**
 * Checks and converts plain objects for protobufjs' encoders, which check nothing: they would write a bigint as 0, and
 * `undefined` or a text in place of a number as whatever comes of it.
 */
export class FromPlain {
  private readonly fields: { readonly field: protobuf.Field; readonly convert: Convert }[] = [];

  private constructor(private readonly type: protobuf.Type) {}

  static of(type: protobuf.Type, known = new Map<protobuf.Type, FromPlain>()): FromPlain {
    const existing = known.get(type);
    if (existing) return existing;
    const made = new FromPlain(type);
    // Before its fields: messages may nest themselves.
    known.set(type, made);
    for (const field of type.fieldsArray)
      made.fields.push({ field: field.resolve(), convert: converterOf(field, known) });
    return made;
  }

  convert(value: unknown, place = this.type.name, depth = 0): object {
    if (typeof value !== 'object' || value === null) throw mismatch(place, 'an object', value);
    if (depth > MAX_DEPTH) throw new NotSerializableError(`${this.type.name} is nested deeper than ${MAX_DEPTH}`);
    const source = value as Record<string, unknown>;
    const message: Record<string, unknown> = {};
    for (let i = 0; i < this.fields.length; i++) {
      const { field, convert } = this.fields[i]!;
      const fieldValue = source[field.name];
      if (fieldValue === undefined || fieldValue === null) {
        if (field.required) throw mismatch(`${place}.${field.name}`, 'there', fieldValue);
      } else {
        message[field.name] = convert(fieldValue, `${place}.${field.name}`, depth + 1);
      }
    }
    return message;
  }
}

function converterOf(field: protobuf.Field, known: Map<protobuf.Type, FromPlain>): Convert {
  const one = singleConverterOf(field.resolve(), known);
  if (field.map) return mapConverter(one);
  return field.repeated ? listConverter(one) : one;
}

function singleConverterOf({ resolvedType, type }: protobuf.Field, known: Map<protobuf.Type, FromPlain>): Convert {
  if (resolvedType instanceof protobuf.Type) {
    const nested = FromPlain.of(resolvedType, known);
    return (value, place, depth) => nested.convert(value, place, depth);
  }
  if (resolvedType instanceof protobuf.Enum) return enumConverter(resolvedType);
  return scalars[type]!;
}

const listConverter =
  (one: Convert): Convert =>
  (value, place, depth) => {
    if (!Array.isArray(value)) throw mismatch(place, 'an array', value);
    return value.map((item, index) => one(item, `${place}[${index}]`, depth));
  };

const mapConverter =
  (one: Convert): Convert =>
  (value, place, depth) => {
    if (typeof value !== 'object' || value === null) throw mismatch(place, 'an object', value);
    const entries: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, item] of Object.entries(value))
      entries[key] = one(item, `${place}[${JSON.stringify(key)}]`, depth);
    return entries;
  };

const enumConverter =
  ({ name, values }: protobuf.Enum): Convert =>
  (value, place) => {
    // Open, as proto3 has it: a number without a name may be from a newer peer.
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    if (typeof value === 'string' && Object.hasOwn(values, value)) return values[value];
    throw mismatch(place, `a member of ${name}`, value);
  };

const typed =
  (type: string, expected: string): Convert =>
  (value, place) => {
    if (typeof value !== type) throw mismatch(place, expected, value);
    return value;
  };

const integer =
  (min: number, max: number): Convert =>
  (value, place) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw mismatch(place, `an integer from ${min} to ${max}`, value);
  };

const long =
  (min: bigint, max: bigint): Convert =>
  (value, place) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && (value >= 0 || min < 0n)) return value;
    const exact = exactOf(value);
    if (exact === undefined || exact < min || exact > max)
      throw mismatch(place, `an integer from ${min} to ${max}`, value);
    return longOf(exact, min === 0n);
  };

/** A bigint, a text of digits, or what protobufjs itself makes of 64 bits. */
function exactOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  return isLong(value) ? bigintOf(value) : undefined;
}

const int32 = integer(-(2 ** 31), 2 ** 31 - 1);
const uint32 = integer(0, 2 ** 32 - 1);
const int64 = long(-(2n ** 63n), 2n ** 63n - 1n);
const uint64 = long(0n, 2n ** 64n - 1n);
const number = typed('number', 'a number');

const scalars: Record<string, Convert> = {
  double: number,
  float: number,
  int32,
  sint32: int32,
  sfixed32: int32,
  uint32,
  fixed32: uint32,
  int64,
  sint64: int64,
  sfixed64: int64,
  uint64,
  fixed64: uint64,
  bool: typed('boolean', 'a boolean'),
  string: typed('string', 'a string'),
  bytes: (value, place) => {
    if (value instanceof Uint8Array) return value;
    throw mismatch(place, 'a Uint8Array', value);
  },
};

/** Says what kind of value it is, and not the value: payloads have no business in logs. */
function mismatch(place: string, expected: string, value: unknown): NotSerializableError {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  return new NotSerializableError(`${place} has to be ${expected}, and is ${kind}`);
}

import protobuf from 'protobufjs';

import { NotSerializableError } from '../../errors/index.js';
import { bigintOf, isLong, longOf } from './long.js';
import { type Unrolled, unrolled } from './unrolled.js';

/** Makes of a value what protobufjs can encode. Throws a {@link Mismatch}. */
type Convert = (value: unknown, depth: number) => unknown;

/** A value that does not fit. Its place is put together on the way out, so that values that fit pay nothing for it. */
class Mismatch {
  place = '';

  /** Says what kind of value it is, and not the value: payloads have no business in logs. */
  constructor(
    private readonly expected: string,
    private readonly value: unknown,
  ) {}

  within(step: string): this {
    this.place = step + this.place;
    return this;
  }

  get message(): string {
    const { expected, place, value } = this;
    const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
    return `${place} has to be ${expected}, and is ${kind}`;
  }
}

/** What `error` is, seen from one step further out. */
function outOf(step: string, error: unknown): unknown {
  return error instanceof Mismatch ? error.within(step) : error;
}

function isMissing(value: undefined | null): never {
  throw new Mismatch('there', value);
}

/** As deep as protobufjs reads. */
const MAX_DEPTH = 100;

/**
 * Checks and converts plain objects for protobufjs' encoders, which check nothing: they would write a bigint as 0, and
 * `undefined` or a text in place of a number as whatever comes of it.
 */
export class FromPlain {
  private convertFields!: Unrolled;

  private constructor(private readonly type: protobuf.Type) {}

  static of(type: protobuf.Type, known = new Map<protobuf.Type, FromPlain>()): FromPlain {
    const existing = known.get(type);
    if (existing) return existing;
    const made = new FromPlain(type);
    // Before its fields: messages may nest themselves.
    known.set(type, made);
    const fields = type.fieldsArray.map((field) => ({
      name: field.name,
      convert: converterOf(field, known),
      missing: field.required ? isMissing : undefined,
    }));
    made.convertFields = unrolled(fields, (index, error) => outOf(`.${fields[index]!.name}`, error));
    return made;
  }

  /** @throws NotSerializableError, which names the place. */
  message(value: unknown): object {
    try {
      return this.convert(value, 0);
    } catch (error) {
      if (error instanceof Mismatch) throw new NotSerializableError(error.within(this.type.name).message);
      throw error;
    }
  }

  /** As {@link message}, within another one. Throws a {@link Mismatch}. */
  convert(value: unknown, depth: number): object {
    if (typeof value !== 'object' || value === null) throw new Mismatch('an object', value);
    if (depth > MAX_DEPTH) throw new NotSerializableError(`${this.type.name} is nested deeper than ${MAX_DEPTH}`);
    const message = {};
    this.convertFields(value, message, depth + 1);
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
    return (value, depth) => nested.convert(value, depth);
  }
  if (resolvedType instanceof protobuf.Enum) return enumConverter(resolvedType);
  return scalars[type]!;
}

const listConverter =
  (one: Convert): Convert =>
  (value, depth) => {
    if (!Array.isArray(value)) throw new Mismatch('an array', value);
    return value.map((item, index) => {
      try {
        return one(item, depth);
      } catch (error) {
        throw outOf(`[${index}]`, error);
      }
    });
  };

const mapConverter =
  (one: Convert): Convert =>
  (value, depth) => {
    if (typeof value !== 'object' || value === null) throw new Mismatch('an object', value);
    const entries: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, item] of Object.entries(value)) {
      try {
        entries[key] = one(item, depth);
      } catch (error) {
        throw outOf(`[${JSON.stringify(key)}]`, error);
      }
    }
    return entries;
  };

const enumConverter =
  ({ name, values }: protobuf.Enum): Convert =>
  (value) => {
    // Open, as proto3 has it: a number without a name may be from a newer peer.
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    if (typeof value === 'string' && Object.hasOwn(values, value)) return values[value];
    throw new Mismatch(`a member of ${name}`, value);
  };

const typed =
  (type: string, expected: string): Convert =>
  (value) => {
    if (typeof value !== type) throw new Mismatch(expected, value);
    return value;
  };

const integer =
  (min: number, max: number): Convert =>
  (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new Mismatch(`an integer from ${min} to ${max}`, value);
  };

const long =
  (min: bigint, max: bigint): Convert =>
  (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && (value >= 0 || min < 0n)) return value;
    const exact = exactOf(value);
    if (exact === undefined || exact < min || exact > max)
      throw new Mismatch(`an integer from ${min} to ${max}`, value);
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
  bytes: (value) => {
    if (value instanceof Uint8Array) return value;
    throw new Mismatch('a Uint8Array', value);
  },
};

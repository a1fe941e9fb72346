import protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';
import { integerOf, isLong } from './long.js';
import { type UnrolledField, unrolled } from './unrolled.js';

/** What 64 bits become: `number` is one where it is exact, and a `bigint` above 2^53-1. */
export type Int64Form = 'number' | 'bigint' | 'string';

export interface PlainOptions {
  readonly int64: Int64Form;
  readonly enums: 'number' | 'name';
  readonly defaults: boolean;
}

/** Makes plain objects of decoded messages. */
export class ToPlain {
  private readonly conversion: protobuf.IConversionOptions;
  private readonly fixLongs: Fix | undefined;

  constructor(
    private readonly type: protobuf.Type,
    { defaults, enums, int64 }: PlainOptions,
  ) {
    this.conversion = {
      defaults,
      ...(enums === 'name' && { enums: String }),
      ...(int64 === 'bigint' && { longs: BigInt }),
      ...(int64 === 'string' && { longs: String }),
    };
    this.fixLongs = int64 === 'number' ? longFixOf(type) : undefined;
  }

  convert(message: protobuf.Message): Fields {
    const plain = this.type.toObject(message, this.conversion);
    this.fixLongs?.(plain);
    return plain;
  }
}

/** Replaces what protobufjs makes of 64 bits, in place. */
type Fix = (plain: Fields) => void;

function longFixOf(type: protobuf.Type, known = new Map<protobuf.Type, Fix>()): Fix | undefined {
  if (!hasLongs(type, new Set())) return undefined;
  const existing = known.get(type);
  if (existing) return existing;
  const fixAll: Fix = (plain) => fixFields(plain, plain, 0);
  // Before its fields: messages may nest themselves.
  known.set(type, fixAll);
  const fields: UnrolledField[] = [];
  for (const field of type.fieldsArray) {
    const convert = fieldFixOf(field.resolve(), known);
    if (convert) fields.push({ name: field.name, convert });
  }
  const fixFields = unrolled(fields, (_, error) => error);
  return fixAll;
}

function fieldFixOf(field: protobuf.Field, known: Map<protobuf.Type, Fix>): ((value: unknown) => unknown) | undefined {
  const { map, repeated, resolvedType } = field;
  const nested = resolvedType instanceof protobuf.Type ? longFixOf(resolvedType, known) : undefined;
  if (!nested && !field.long) return undefined;
  const one = nested
    ? (value: unknown): unknown => {
        nested(value as Fields);
        return value;
      }
    : numberOf;
  if (repeated) return (value) => (value as unknown[]).map(one);
  if (!map) return one;
  return (value) => {
    const entries = value as Fields;
    for (const key of Object.keys(entries)) entries[key] = one(entries[key]);
    return entries;
  };
}

function hasLongs(type: protobuf.Type, seen: Set<protobuf.Type>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fieldsArray.some((field) => {
    const { resolvedType } = field.resolve();
    return field.long || (resolvedType instanceof protobuf.Type && hasLongs(resolvedType, seen));
  });
}

function numberOf(value: unknown): unknown {
  return isLong(value) ? integerOf(value) : value;
}

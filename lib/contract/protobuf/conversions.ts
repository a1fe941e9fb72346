import type protobuf from 'protobufjs';

import { exactOf, longOf } from './long.js';
import { Mismatch } from './mismatch.js';

/**
 * Makes of a value what protobufjs can write. Its own code checks nothing: it would write a bigint as 0, and `undefined` or
 * a text in place of a number as whatever comes of it. Throws a {@link Mismatch}.
 */
export type Convert = (value: unknown) => unknown;

export const enumConversion =
  ({ name, values }: protobuf.Enum): Convert =>
  (value) => {
    // Open, as proto3 has it: a number without a name may be from a newer peer.
    if (typeof value === 'number' && value === (value | 0)) return value;
    if (typeof value === 'string' && Object.hasOwn(values, value)) return values[value];
    throw new Mismatch(`a member of ${name}`, value);
  };

// Each with its type as a literal: V8 makes a check of it, where it would compare texts with one that is in a variable.
const number: Convert = (value) => {
  if (typeof value !== 'number') throw new Mismatch('a number', value);
  return value;
};

const string: Convert = (value) => {
  if (typeof value !== 'string') throw new Mismatch('a string', value);
  return value;
};

const bool: Convert = (value) => {
  if (typeof value !== 'boolean') throw new Mismatch('a boolean', value);
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
    if (exact === undefined || exact < min || exact > max) {
      throw new Mismatch(`an integer from ${min} to ${max}`, value);
    }
    return longOf(exact, min === 0n);
  };

const int32 = integer(-(2 ** 31), 2 ** 31 - 1);
const uint32 = integer(0, 2 ** 32 - 1);
const int64 = long(-(2n ** 63n), 2n ** 63n - 1n);
const uint64 = long(0n, 2n ** 64n - 1n);

/** By the names that a .proto has for them. */
export const scalarConversions: Readonly<Record<string, Convert>> = {
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
  bool,
  string,
  bytes: (value) => {
    if (value instanceof Uint8Array) return value;
    throw new Mismatch('a Uint8Array', value);
  },
};

/** What the key of a map, which is a text in an object, is to a map of `keyType`. */
export function keyConversion(keyType: string): Convert {
  if (keyType === 'string') return string;
  if (keyType === 'bool') {
    return (key) => {
      if (key === 'true' || key === '1') return true;
      if (key === 'false' || key === '0') return false;
      throw new Mismatch('under a key that is true or false', key);
    };
  }
  const convert = scalarConversions[keyType]!;
  // A text of digits is taken for 64 bits as it is.
  if (keyType.endsWith('64')) return convert;
  return (key) => convert(/^-?\d+$/.test(key as string) ? Number(key) : key);
}

import { integerOf, plainInteger } from './integers.js';
import { isMap, isObject, type Kind } from './kind.js';
import type { WritePlace } from './place.js';

/**
 * Whatever MessagePack has but extensions: `null`, booleans, numbers, bigints, strings, `Uint8Array` (read as a Buffer),
 * arrays and plain objects. An integral number is written as an integer. Objects with `toJSON`, such as a Date, are
 * written as what it answers, and properties that are `undefined` are left out, as in JSON.
 */
export const anything: Kind = { read, write, blank: () => null };

function read(plain: unknown): unknown {
  if (typeof plain === 'bigint') return integerOf(plain);
  if (Array.isArray(plain)) {
    for (let i = 0; i < plain.length; i++) plain[i] = read(plain[i]);
  } else if (isMap(plain)) {
    for (const key of Object.keys(plain)) plain[key] = read(plain[key]);
  }
  return plain;
}

function write(value: unknown, at: WritePlace): unknown {
  const { toJSON } = Object(value) as { toJSON?: unknown };
  // A Buffer has one as well.
  const isReplaced = typeof toJSON === 'function' && !(value instanceof Uint8Array);
  return plainOf(isReplaced ? toJSON.call(value) : value, at);
}

function plainOf(value: unknown, at: WritePlace): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isSafeInteger(value) ? plainInteger(value) : value;
    case 'bigint':
      if (value < -(2n ** 63n) || value >= 2n ** 64n) throw at.mismatch('an integer of 64 bits', value);
      return plainInteger(integerOf(value)!);
    case 'object':
      if (value === null || value instanceof Uint8Array) return value;
      if (Array.isArray(value)) return plainArray(value, at);
      if (isObject(value)) return plainMap(value, at);
  }
  throw at.mismatch('something that MessagePack has', value);
}

function plainArray(values: readonly unknown[], at: WritePlace): unknown[] {
  const plain: unknown[] = [];
  at.open();
  for (let i = 0; i < values.length; i++) {
    at.enter(i);
    plain.push(write(values[i] ?? null, at));
    at.leave();
  }
  at.close();
  return plain;
}

function plainMap(value: object, at: WritePlace): Map<string, unknown> {
  const plain = new Map<string, unknown>();
  at.open();
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    at.enter(key);
    plain.set(key, write(entry, at));
    at.leave();
  }
  at.close();
  return plain;
}

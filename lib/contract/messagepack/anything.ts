import { type Kind, setEntry } from './kind.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/**
 * Whatever MessagePack has but extensions: `null`, booleans, numbers, bigints, strings, `Uint8Array` (read as a Buffer),
 * arrays and plain objects. An integral number is written as an integer. Objects with `toJSON`, such as a Date, are
 * written as what it answers, and properties that are `undefined` are left out, as in JSON.
 */
export const anything: Kind = { read, write, blank: () => null };

function read(from: Reader): unknown {
  if (from.nil()) return null;
  const scalar = from.integer() ?? from.text() ?? from.boolean() ?? from.float() ?? from.binary();
  if (scalar !== undefined) return scalar;
  return readArray(from) ?? readObject(from);
}

function readArray(from: Reader): unknown[] | undefined {
  const length = from.array();
  if (length === undefined) return undefined;
  const values: unknown[] = [];
  for (let i = 0; i < length; i++) values.push(read(from));
  return values;
}

function readObject(from: Reader): Record<string, unknown> {
  const length = from.map();
  if (length === undefined) throw from.mismatch('no extension');
  const object: Record<string, unknown> = {};
  for (let i = 0; i < length; i++) {
    const key = from.text() ?? from.integer();
    if (key === undefined) throw from.mismatch('a map with strings or integers as keys');
    setEntry(object, String(key), read(from));
  }
  return object;
}

function write(value: unknown, to: Writer): void {
  const { toJSON } = Object(value) as { toJSON?: unknown };
  // A Buffer has one as well.
  if (typeof toJSON === 'function' && !(value instanceof Uint8Array)) writePlain(toJSON.call(value), to);
  else writePlain(value, to);
}

function writePlain(value: unknown, to: Writer): void {
  switch (typeof value) {
    case 'string':
      return to.text(value);
    case 'boolean':
      return to.boolean(value);
    case 'number':
      return Number.isSafeInteger(value) ? to.integer(value) : to.float64(value);
    case 'bigint':
      if (value < -(2n ** 63n) || value >= 2n ** 64n) throw to.mismatch('an integer of 64 bits', value);
      return to.integer(value);
    case 'object':
      if (value === null) return to.nil();
      if (value instanceof Uint8Array) return to.binary(value);
      if (Array.isArray(value)) return writeArray(value, to);
      // Not a Map, a Promise or an ArrayBuffer, which would lose what is in them.
      if (Object.prototype.toString.call(value) === '[object Object]') return writeObject(value, to);
  }
  throw to.mismatch('something that MessagePack has', value);
}

function writeArray(values: readonly unknown[], to: Writer): void {
  to.openArray(values.length);
  for (let i = 0; i < values.length; i++) {
    to.place.enter(i);
    write(values[i] ?? null, to);
    to.place.leave();
  }
  to.close();
}

function writeObject(value: object, to: Writer): void {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  to.openMap(entries.length);
  for (const [key, entry] of entries) {
    to.text(key);
    to.place.enter(key);
    write(entry, to);
    to.place.leave();
  }
  to.close();
}

import { assertKind, type Kind, setEntry } from './kind.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** See {@link optional}. */
export class OptionalKind<Value = unknown> implements Kind<Value | null> {
  readonly isOptional = true;

  constructor(
    /** What it is unless it is `null`. */
    readonly inner: Kind<Value>,
  ) {
    assertKind(inner, 'What is optional');
  }

  read(from: Reader): Value | null {
    return from.nil() ? null : this.inner.read(from);
  }

  write(value: unknown, to: Writer): void {
    if (value === null || value === undefined) to.nil();
    else this.inner.write(value, to);
  }

  blank(): null {
    return null;
  }
}

/** Rust's `Option`: `null`, or the value. `undefined` and a field that is not there are written as `null`. */
export function optional<Value>(inner: Kind<Value>): OptionalKind<Value> {
  return new OptionalKind(inner);
}

/** Rust's `Vec`: an array. A `Uint8Array` is written as its numbers. */
export function list<Value>(item: Kind<Value>): Kind<Value[]> {
  assertKind(item, 'The item of a list');
  return {
    read(from) {
      const length = from.array();
      if (length === undefined) throw from.mismatch('an array');
      const values: Value[] = [];
      for (let i = 0; i < length; i++) {
        from.place.enter(i);
        values.push(item.read(from));
        from.place.leave();
      }
      return values;
    },
    write(value, to) {
      if (!Array.isArray(value) && !(value instanceof Uint8Array)) throw to.mismatch('an array', value);
      to.openArray(value.length);
      for (let i = 0; i < value.length; i++) {
        to.place.enter(i);
        item.write(value[i], to);
        to.place.leave();
      }
      to.close();
    },
    blank: () => [],
  };
}

/** Rust's `HashMap<String, _>`: an object. */
export function mapOf<Value>(entry: Kind<Value>): Kind<Record<string, Value>> {
  assertKind(entry, 'The value of a map');
  return {
    read(from) {
      const length = from.map();
      if (length === undefined) throw from.mismatch('a map');
      const values: Record<string, Value> = {};
      for (let i = 0; i < length; i++) {
        const key = from.text();
        if (key === undefined) throw from.mismatch('a map with strings as keys');
        from.place.enter(key);
        setEntry(values, key, entry.read(from));
        from.place.leave();
      }
      return values;
    },
    write(value, to) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw to.mismatch('an object', value);
      const entries = Object.entries(value);
      to.openMap(entries.length);
      for (const [key, of] of entries) {
        to.text(key);
        to.place.enter(key);
        entry.write(of, to);
        to.place.leave();
      }
      to.close();
    },
    blank: () => ({}),
  };
}

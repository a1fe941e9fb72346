import { assertKind, type Kind, setEntry } from './kind.js';
import type { ReadPlace, WritePlace } from './place.js';

/** See {@link optional}. */
export class OptionalKind<Value = unknown> implements Kind<Value | null> {
  readonly isOptional = true;

  constructor(
    /** What it is unless it is `null`. */
    readonly inner: Kind<Value>,
  ) {
    assertKind(inner, 'What is optional');
  }

  read(plain: unknown, at: ReadPlace): Value | null {
    return plain === null ? null : this.inner.read(plain, at);
  }

  write(value: unknown, at: WritePlace): unknown {
    return value === null || value === undefined ? null : this.inner.write(value, at);
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
    read(plain, at) {
      if (!Array.isArray(plain)) throw at.mismatch('an array');
      for (let i = 0; i < plain.length; i++) {
        at.enter(i);
        plain[i] = item.read(plain[i], at);
        at.leave();
      }
      return plain as Value[];
    },
    write(value, at) {
      if (!Array.isArray(value) && !(value instanceof Uint8Array)) throw at.mismatch('an array', value);
      const plain: unknown[] = [];
      at.open();
      for (let i = 0; i < value.length; i++) {
        at.enter(i);
        plain.push(item.write(value[i], at));
        at.leave();
      }
      at.close();
      return plain;
    },
    blank: () => [],
  };
}

/** Rust's `HashMap<String, _>`: an object. */
export function mapOf<Value>(entry: Kind<Value>): Kind<Record<string, Value>> {
  assertKind(entry, 'The value of a map');
  return {
    read(plain, at) {
      if (!(plain instanceof Map)) throw at.mismatch('a map');
      const values: Record<string, Value> = {};
      for (const [key, value] of plain as Map<unknown, unknown>) {
        if (typeof key !== 'string') throw at.mismatch('a map with strings as keys');
        at.enter(key);
        setEntry(values, key, entry.read(value, at));
        at.leave();
      }
      return values;
    },
    write(value, at) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw at.mismatch('an object', value);
      const plain = new Map<string, unknown>();
      at.open();
      for (const [key, of] of Object.entries(value)) {
        at.enter(key);
        plain.set(key, entry.write(of, at));
        at.leave();
      }
      at.close();
      return plain;
    },
    blank: () => ({}),
  };
}

import { assertKind, isMap, isObject, type Kind } from './kind.js';
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
      if (!isMap(plain)) throw at.mismatch('a map');
      for (const key of Object.keys(plain)) {
        at.enter(key);
        plain[key] = entry.read(plain[key], at);
        at.leave();
      }
      return plain as Record<string, Value>;
    },
    write(value, at) {
      if (!isObject(value)) throw at.mismatch('an object', value);
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

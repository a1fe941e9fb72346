import type { Kind } from './kind.js';

export const bool: Kind<boolean> = {
  read(from) {
    const value = from.boolean();
    if (value === undefined) throw from.mismatch('a bool');
    return value;
  },
  write(value, to) {
    if (typeof value !== 'boolean') throw to.mismatch('a boolean', value);
    to.boolean(value);
  },
  blank: () => false,
};

/** Rust's `String`. */
export const string: Kind<string> = {
  read(from) {
    const value = from.text();
    if (value === undefined) throw from.mismatch('a string');
    return value;
  },
  write(value, to) {
    if (typeof value !== 'string') throw to.mismatch('a string', value);
    to.text(value);
  },
  blank: () => '',
};

/**
 * Bytes, as `serde_bytes` writes them: read as a Buffer, which is a view of what was received, and written from any
 * Uint8Array. A `Vec<u8>` without `serde_bytes` is a list of numbers instead:
 * `list(u8)`.
 */
export const bytes: Kind<Buffer> = {
  read(from) {
    const value = from.binary();
    if (value === undefined) throw from.mismatch('bytes');
    return value;
  },
  write(value, to) {
    if (!(value instanceof Uint8Array)) throw to.mismatch('a Uint8Array', value);
    to.binary(value);
  },
  blank: () => Buffer.alloc(0),
};

/** Nothing: Rust's `()`, and in `variants` a variant without data. */
export const unit: Kind<null> = {
  read(from) {
    if (!from.nil()) throw from.mismatch('nil');
    return null;
  },
  write(value, to) {
    if (value !== null && value !== undefined) throw to.mismatch('null', value);
    to.nil();
  },
  blank: () => null,
};

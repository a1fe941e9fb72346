import type { Kind } from './kind.js';

export const bool: Kind<boolean> = {
  read(plain, at) {
    if (typeof plain !== 'boolean') throw at.mismatch('a bool');
    return plain;
  },
  write(value, at) {
    if (typeof value !== 'boolean') throw at.mismatch('a boolean', value);
    return value;
  },
  blank: () => false,
};

/** Rust's `String`. Half of a surrogate pair, which has no form in UTF-8, is written as U+FFFD. */
export const string: Kind<string> = {
  read(plain, at) {
    if (typeof plain !== 'string') throw at.mismatch('a string');
    return plain;
  },
  write(value, at) {
    if (typeof value !== 'string') throw at.mismatch('a string', value);
    return value;
  },
  blank: () => '',
};

/**
 * Bytes, as `serde_bytes` writes them: read as a Buffer, which is a view of what was received, and written from any
 * Uint8Array. A `Vec<u8>` without `serde_bytes` is a list of numbers instead: `list(u8)`.
 */
export const bytes: Kind<Buffer> = {
  read(plain, at) {
    if (!(plain instanceof Uint8Array)) throw at.mismatch('bytes');
    return plain as Buffer;
  },
  write(value, at) {
    if (!(value instanceof Uint8Array)) throw at.mismatch('a Uint8Array', value);
    return value;
  },
  blank: () => Buffer.alloc(0),
};

/** Nothing: Rust's `()`, and in `variants` a variant without data. */
export const unit: Kind<null> = {
  read(plain, at) {
    if (plain !== null) throw at.mismatch('nil');
    return null;
  },
  write(value, at) {
    if (value !== null && value !== undefined) throw at.mismatch('null', value);
    return null;
  },
  blank: () => null,
};

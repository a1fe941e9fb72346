import { isBoxedPrimitive } from 'node:util/types';

import { Beginnings } from '../../wire/index.js';
import { MAX_SHORT, MAX_SHORT_DEPTH, MAX_SHORT_TEXT } from './short.js';

/** The most that a number takes, and a comma or a bracket. */
const NUMBER_ROOM = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const ZERO = 0x30;

/** In a loop over keys the engine knows the answer. That of `Object.hasOwn` it looks up. */
const { hasOwnProperty } = Object.prototype as { readonly hasOwnProperty: (key: string) => boolean };

/**
 * Writes short values as the bytes of their JSON, which are those of JSON.stringify. Most of what a call costs with JSON are
 * the ways into native code and back: to the text, to the count of its bytes, to its bytes. A short value takes none of them
 * here.
 */
export class ShortWriter {
  private readonly bytes = Buffer.allocUnsafeSlow(MAX_SHORT);
  private readonly beginnings = new Beginnings(this.bytes);
  /** Prototypes of objects that are written by their own fields, and those that are not. */
  private readonly prototypes = new WeakMap<object, boolean>([[Object.prototype, true]]);
  private at = 0;
  private isBusy = false;

  /**
   * Answers nothing for what is left to JSON.stringify: it is too long, JSON has another form for it, or it cannot be written.
   * JSON.stringify then asks the same getters once more.
   *
   * @returns bytes that hold until the next call.
   */
  write(value: unknown): Uint8Array | undefined {
    // A getter of what is written may send another message.
    if (this.isBusy) return undefined;
    this.isBusy = true;
    this.at = 0;
    try {
      if (!this.value(value, 0)) return undefined;
      return this.beginnings.upTo(this.at);
    } catch {
      // What a getter throws is thrown again by JSON.stringify.
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }

  private value(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.word(value ? 'true' : 'false');
      case 'object':
        if (value === null) return this.word('null');
        if (depth === MAX_SHORT_DEPTH || (value as { toJSON?: unknown }).toJSON !== undefined) return false;
        return Array.isArray(value) ? this.array(value, depth + 1) : this.object(value, depth + 1);
      default:
        return false;
    }
  }

  private array(items: readonly unknown[], depth: number): boolean {
    const { bytes } = this;
    if (this.at + 2 > MAX_SHORT) return false;
    bytes[this.at++] = 0x5b; // [
    // As it is now: a getter of what is in it may add to it.
    const { length } = items;
    for (let index = 0; index < length; index++) {
      if (index > 0) bytes[this.at++] = COMMA;
      if (!this.value(items[index], depth) || this.at + 2 > MAX_SHORT) return false;
    }
    bytes[this.at++] = 0x5d; // ]
    return true;
  }

  private object(object: object, depth: number): boolean {
    const { bytes } = this;
    if (!this.isPlain(object) || this.at + 2 > MAX_SHORT) return false;
    let before = 0x7b; // {
    for (const key in object) {
      if (!hasOwnProperty.call(object, key)) continue;
      const value = (object as Record<string, unknown>)[key];
      if (value === undefined) continue;
      bytes[this.at++] = before;
      before = COMMA;
      if (!this.text(key)) return false;
      bytes[this.at++] = COLON;
      if (!this.value(value, depth) || this.at + 2 > MAX_SHORT) return false;
    }
    if (before !== COMMA) bytes[this.at++] = before;
    bytes[this.at++] = 0x7d; // }
    return true;
  }

  /** Boxed numbers and texts are written as what is in them, and what has no prototype may be raw JSON. */
  private isPlain(object: object): boolean {
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype === Object.prototype) return true;
    if (prototype === null) return false;
    let isPlain = this.prototypes.get(prototype);
    if (isPlain === undefined) this.prototypes.set(prototype, (isPlain = !mayBeBoxed(object)));
    return isPlain;
  }

  private text(text: string): boolean {
    const { bytes } = this;
    const { length } = text;
    // Besides the quotes, what comes behind it: a colon, a comma, or a bracket.
    if (length > MAX_SHORT_TEXT || this.at + length + 4 > MAX_SHORT) return false;
    let { at } = this;
    bytes[at++] = QUOTE;
    for (let index = 0; index < length; index++) {
      const letter = text.charCodeAt(index);
      if (letter < 0x20 || letter > 0x7e || letter === QUOTE || letter === BACKSLASH) return this.unusualText(text);
      bytes[at++] = letter;
    }
    bytes[at++] = QUOTE;
    this.at = at;
    return true;
  }

  /** One with escapes, or that is not ASCII. */
  private unusualText(text: string): boolean {
    const json = JSON.stringify(text);
    if (this.at + 3 * json.length + 2 > MAX_SHORT) return false;
    this.at += this.bytes.write(json, this.at);
    return true;
  }

  private number(value: number): boolean {
    if (this.at + NUMBER_ROOM > MAX_SHORT) return false;
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER && Number.isInteger(value)) {
      this.integer(value);
      return true;
    }
    return this.word(Number.isFinite(value) ? String(value) : 'null');
  }

  private integer(value: number): void {
    if (value < 0x7fff_ffff) {
      this.digits(value | 0, digitsOf(value));
    } else {
      // In two parts, each of which the engine divides as an integer.
      const upper = Math.floor(value / 1e8);
      this.digits(upper | 0, digitsOf(upper));
      this.digits((value - upper * 1e8) | 0, 8);
    }
  }

  private digits(value: number, count: number): void {
    const { bytes } = this;
    let rest = value;
    for (let at = this.at + count - 1; at >= this.at; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.at += count;
  }

  private word(word: string): boolean {
    const { bytes } = this;
    const { length } = word;
    if (this.at + length + 2 > MAX_SHORT) return false;
    for (let index = 0; index < length; index++) bytes[this.at + index] = word.charCodeAt(index);
    this.at += length;
    return true;
  }
}

/** Whether it is a boxed value, or another one with its prototype may be. */
function mayBeBoxed(object: object): boolean {
  return isBoxedPrimitive(object) || [Number, String, Boolean, BigInt].some((box) => object instanceof box);
}

/** How many digits an integer below 2^31 has. */
function digitsOf(value: number): number {
  if (value < 1e5) return value < 1e1 ? 1 : value < 1e2 ? 2 : value < 1e3 ? 3 : value < 1e4 ? 4 : 5;
  return value < 1e6 ? 6 : value < 1e7 ? 7 : value < 1e8 ? 8 : value < 1e9 ? 9 : 10;
}

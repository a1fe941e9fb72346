import { shortText } from '../../wire/index.js';
import { EMPTY_HASH, hashedWith, KnownTexts } from '../known-texts.js';
import { MAX_SHORT_DEPTH, MAX_SHORT_TEXT } from './short.js';

const NO_BYTES: Buffer = Buffer.alloc(0);

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const END_OF_ARRAY = 0x5d;
const END_OF_OBJECT = 0x7d;

/** Exact, as all up to 10^22 are: so a quotient with an exact number is rounded just once. */
const POWERS_OF_TEN = Array.from({ length: 16 }, (_, power) => 10 ** power);
/** So many digits make no number that is not exact. */
const EXACT_DIGITS = 15;

/** Behind the end of all bytes. Whoever reads on from there finds nothing, and so comes to an end as well. */
const NOWHERE = 2 ** 30;

/**
 * Reads short values from the bytes of their JSON, and makes of them what JSON.parse makes. Most of what JSON.parse costs with
 * few bytes is to make a text of them, and the way into native code and back.
 */
export class ShortReader {
  private readonly keys = new KnownTexts();
  private readonly maxDepth: number;
  private bytes = NO_BYTES;
  private at = 0;
  private end = 0;

  /** @param maxDepth how deep arrays and objects may nest in what is read. 0: as deep as they like. */
  constructor(maxDepth: number) {
    this.maxDepth = maxDepth > 0 ? Math.min(maxDepth, MAX_SHORT_DEPTH) : MAX_SHORT_DEPTH;
  }

  /** Answers `undefined` for what is left to JSON.parse: blanks, deep values, long texts, and all that is no JSON. */
  read(bytes: Buffer, start: number, end: number): unknown {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    try {
      const value = this.value(0);
      return this.at === end ? value : undefined;
    } catch {
      // A text or a number that is none.
      return undefined;
    } finally {
      // Kept, they would hold the memory of the chunk until the next value.
      this.bytes = NO_BYTES;
    }
  }

  private giveUp(): undefined {
    this.at = NOWHERE;
  }

  private value(depth: number): unknown {
    // Behind the end is another message.
    const first = this.at < this.end ? this.bytes[this.at]! : 0;
    if (first === QUOTE) return this.text();
    if (first === 0x7b) return this.object(depth + 1);
    if ((first >= ZERO && first <= NINE) || first === MINUS) return this.number();
    if (first === 0x5b) return this.array(depth + 1);
    if (first === 0x74) return this.word('true', true);
    if (first === 0x66) return this.word('false', false);
    if (first === 0x6e) return this.word('null', null);
    return this.giveUp();
  }

  private object(depth: number): object | undefined {
    const { bytes } = this;
    if (depth > this.maxDepth) return this.giveUp();
    const object: Record<string, unknown> = {};
    if (bytes[++this.at] === END_OF_OBJECT) {
      this.at++;
      return object;
    }
    for (;;) {
      const key = this.key();
      // Is not to be read: see jsonPayload.
      if (key === undefined || key === '__proto__' || bytes[this.at++] !== COLON) return this.giveUp();
      object[key] = this.value(depth);
      const next = bytes[this.at++];
      if (next === COMMA) continue;
      if (next === END_OF_OBJECT) return object;
      return this.giveUp();
    }
  }

  private array(depth: number): unknown[] | undefined {
    const { bytes } = this;
    if (depth > this.maxDepth) return this.giveUp();
    const items: unknown[] = [];
    if (bytes[++this.at] === END_OF_ARRAY) {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth));
      const next = bytes[this.at++];
      if (next === COMMA) continue;
      if (next === END_OF_ARRAY) return items;
      return this.giveUp();
    }
  }

  private key(): string | undefined {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) return this.giveUp();
    const start = this.at + 1;
    const end = this.textEnd(start);
    let hash = EMPTY_HASH;
    for (let at = start; at < end; at++) {
      const letter = bytes[at]!;
      if (letter === QUOTE) {
        this.at = at + 1;
        return this.keys.find(bytes, start, at, hash);
      }
      if (isUnusual(letter)) return this.unusualText(start);
      hash = hashedWith(hash, letter);
    }
    return this.giveUp();
  }

  private text(): string | undefined {
    const { bytes } = this;
    const start = this.at + 1;
    const end = this.textEnd(start);
    for (let at = start; at < end; at++) {
      const letter = bytes[at]!;
      if (letter === QUOTE) {
        this.at = at + 1;
        if (at === start) return '';
        return shortText(bytes, start, at) ?? bytes.toString('latin1', start, at);
      }
      if (isUnusual(letter)) return this.unusualText(start);
    }
    return this.giveUp();
  }

  private textEnd(start: number): number {
    return Math.min(this.end, start + MAX_SHORT_TEXT + 1);
  }

  /** One with escapes, or that is not ASCII. */
  private unusualText(start: number): string | undefined {
    const { bytes } = this;
    const end = this.textEnd(start);
    let hasEscapes = false;
    for (let at = start; at < end; at++) {
      const letter = bytes[at]!;
      if (letter === QUOTE) {
        this.at = at + 1;
        if (hasEscapes) return JSON.parse(bytes.toString('utf8', start - 1, at + 1)) as string;
        return bytes.toString('utf8', start, at);
      }
      if (letter < 0x20) return this.giveUp();
      if (letter === BACKSLASH) {
        hasEscapes = true;
        at++;
      }
    }
    return this.giveUp();
  }

  private number(): number | undefined {
    const { bytes, end } = this;
    const isNegative = bytes[this.at] === MINUS;
    const start = isNegative ? this.at + 1 : this.at;
    let at = start;
    let value = 0;
    // The digit alone is added: its letter could be too much to be exact.
    for (; at < end && isDigit(bytes[at]!); at++) value = value * 10 + (bytes[at]! - ZERO);
    let digits = at - start;
    if (digits === 0 || (digits > 1 && bytes[start] === ZERO)) return this.giveUp();
    let decimals = 0;
    if (at < end && bytes[at] === DOT) {
      const point = at++;
      for (; at < end && isDigit(bytes[at]!); at++) value = value * 10 + (bytes[at]! - ZERO);
      decimals = at - point - 1;
      digits += decimals;
      if (decimals === 0) return this.giveUp();
    }
    // A whole one that is below 2^53 when it is rounded was so before.
    const isExact = digits <= EXACT_DIGITS || (decimals === 0 && digits === 16 && value < 2 ** 53);
    if (!isExact || (at < end && (bytes[at]! | 0x20) === 0x65)) return this.unusualNumber();
    this.at = at;
    if (decimals > 0) value /= POWERS_OF_TEN[decimals]!;
    return isNegative ? -value : value;
  }

  /** One with an exponent, or with many digits. */
  private unusualNumber(): number {
    const { bytes, end } = this;
    const start = this.at;
    let { at } = this;
    while (at < end && isOfNumber(bytes[at]!)) at++;
    this.at = at;
    return JSON.parse(bytes.toString('latin1', start, at)) as number;
  }

  private word<T>(word: string, value: T): T | undefined {
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.at++] !== word.charCodeAt(index)) return this.giveUp();
    }
    return value;
  }
}

const isUnusual = (letter: number): boolean => letter < 0x20 || letter > 0x7e || letter === BACKSLASH;

const isDigit = (letter: number): boolean => letter >= ZERO && letter <= NINE;

const isOfNumber = (letter: number): boolean =>
  isDigit(letter) || letter === MINUS || letter === 0x2b || letter === DOT || (letter | 0x20) === 0x65;

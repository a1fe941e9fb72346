import { integerOf, plainInteger } from './integers.js';
import type { Kind } from './kind.js';
import type { ReadPlace, WritePlace } from './place.js';

/** Integers from `min` to `max`. Read as a number up to 2^53-1 and as a bigint beyond; either is written. */
export class IntegerKind<Value extends number | bigint> implements Kind<Value> {
  private readonly expected: string;
  /** To compare numbers with: with a bigint that is slow. */
  private readonly minNumber: number;
  private readonly maxNumber: number;

  constructor(
    name: string,
    private readonly min: bigint,
    private readonly max: bigint,
  ) {
    this.expected = `an integer that fits in ${name}`;
    this.minNumber = Number(min);
    this.maxNumber = Number(max);
  }

  /** The highest, as a number. */
  get highest(): number {
    return this.maxNumber;
  }

  get isUnsigned(): boolean {
    return this.min === 0n;
  }

  read(plain: unknown, at: ReadPlace): Value {
    const integer = integerOf(plain);
    if (integer === undefined || !this.holds(integer)) throw at.mismatch(this.expected);
    return integer as Value;
  }

  write(value: unknown, at: WritePlace): number | bigint {
    const integer = integerOf(value);
    if (integer === undefined || !this.holds(integer)) throw at.mismatch(this.expected, value);
    return plainInteger(integer);
  }

  blank(): Value {
    return 0 as Value;
  }

  private holds(value: number | bigint): boolean {
    return typeof value === 'number'
      ? value >= this.minNumber && value <= this.maxNumber
      : value >= this.min && value <= this.max;
  }
}

const unsigned = <Value extends number | bigint>(bits: number): IntegerKind<Value> =>
  new IntegerKind(`u${bits}`, 0n, 2n ** BigInt(bits) - 1n);

const signed = <Value extends number | bigint>(bits: number): IntegerKind<Value> =>
  new IntegerKind(`i${bits}`, -(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n);

export const u8 = unsigned<number>(8);
export const u16 = unsigned<number>(16);
export const u32 = unsigned<number>(32);
/** A number up to 2^53-1, a bigint beyond. Either is written. */
export const u64 = unsigned<number | bigint>(64);
export const i8 = signed<number>(8);
export const i16 = signed<number>(16);
export const i32 = signed<number>(32);
/** A number from -(2^53-1) to 2^53-1, a bigint beyond. Either is written. */
export const i64 = signed<number | bigint>(64);

/** Read from an integer as well, as Rust does, and written as one where it is one of up to 32 bits: -0 becomes 0. */
class FloatKind implements Kind<number> {
  constructor(private readonly rounded: (value: number) => number) {}

  read(plain: unknown, at: ReadPlace): number {
    if (typeof plain !== 'number' && typeof plain !== 'bigint') throw at.mismatch('a number');
    return Number(plain);
  }

  write(value: unknown, at: WritePlace): number {
    if (typeof value !== 'number') throw at.mismatch('a number', value);
    return this.rounded(value);
  }

  blank(): number {
    return 0;
  }
}

/** Rounded to 32 bits when it is written. */
export const f32: Kind<number> = new FloatKind(Math.fround);
export const f64: Kind<number> = new FloatKind((value) => value);

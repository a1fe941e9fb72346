import type { Kind } from './kind.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

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

  get isUnsigned(): boolean {
    return this.min === 0n;
  }

  read(from: Reader): Value {
    const value = from.integer();
    if (value === undefined || !this.holds(value)) throw from.mismatch(this.expected);
    return value as Value;
  }

  write(value: unknown, to: Writer): void {
    const exact = exactOf(value);
    if (exact === undefined || !this.holds(exact)) throw to.mismatch(this.expected, value);
    to.integer(exact);
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

/** A number beyond 2^53-1 is an integer as well, if not always the one that was meant. */
function exactOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return Number.isSafeInteger(value) ? value : BigInt(value);
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

/** Written as a float, whatever its value; read from an integer as well, as Rust does. */
class FloatKind implements Kind<number> {
  constructor(private readonly writeFloat: (value: number, to: Writer) => void) {}

  read(from: Reader): number {
    const value = from.float() ?? from.integer();
    if (value === undefined) throw from.mismatch('a number');
    return Number(value);
  }

  write(value: unknown, to: Writer): void {
    if (typeof value !== 'number') throw to.mismatch('a number', value);
    this.writeFloat(value, to);
  }

  blank(): number {
    return 0;
  }
}

/** Rounded to 32 bits when it is written. */
export const f32: Kind<number> = new FloatKind((value, to) => to.float32(value));
export const f64: Kind<number> = new FloatKind((value, to) => to.float64(value));

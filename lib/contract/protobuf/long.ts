import protobuf from 'protobufjs';

/** What protobufjs makes of 64 bits. */
export interface Long {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

// Its declared type has only the constructor.
const Longs = protobuf.util.Long as unknown as {
  fromBits(low: number, high: number, unsigned: boolean): Long;
  isLong(value: unknown): value is Long;
};

export const isLong = (value: unknown): value is Long => Longs.isLong(value);

export function longOf(value: bigint, unsigned: boolean): Long {
  return Longs.fromBits(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), unsigned);
}

export function bigintOf({ high, low, unsigned }: Long): bigint {
  return (BigInt(unsigned ? high >>> 0 : high) << 32n) | BigInt(low >>> 0);
}

/** The integer that `value` is exactly: a number, a bigint, a text of digits, or what protobufjs makes of 64 bits. */
export function exactOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? BigInt(value) : undefined;
  return isLong(value) ? bigintOf(value) : undefined;
}

/** A number where that is exact, else a bigint. */
export function integerOf(long: Long): number | bigint {
  const { high, low, unsigned } = long;
  const number = (unsigned ? high >>> 0 : high) * 2 ** 32 + (low >>> 0);
  return Number.isSafeInteger(number) ? number : bigintOf(long);
}

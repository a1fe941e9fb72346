/** An integer as a number up to 2^53-1, and as a bigint beyond. `undefined` for what is none. */
export function integerOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') {
    // Not -0.
    if (Number.isSafeInteger(value)) return value + 0;
    // One beyond 2^53-1 is an integer as well, if not always the one that was meant.
    return Number.isInteger(value) ? BigInt(value) : undefined;
  }
  if (typeof value !== 'bigint') return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** msgpackr writes numbers of up to 32 bits as integers, and larger ones as floats, which no integer of Rust is read from. */
export function plainInteger(value: number | bigint): number | bigint {
  return typeof value === 'bigint' || value >>> 0 === value || value >> 0 === value ? value : BigInt(value);
}

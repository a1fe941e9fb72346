/** Numbers that look random, and are the same whenever the seed is: mulberry32, by Tommy Ettinger. */
export class Random {
  constructor(private state: number) {}

  /** From 0 up to 1, and never 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 up to `limit`, and never that. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}

/** A value that does not fit. Its place is put together on the way out, so that values that fit pay nothing for it. */
export class Mismatch {
  private place = '';

  /** Says what kind of value it is, and not the value: payloads have no business in logs. */
  constructor(
    private readonly expected: string,
    private readonly value: unknown,
  ) {}

  /** @param step from what it is in to it. */
  within(step: string): this {
    this.place = step + this.place;
    return this;
  }

  get message(): string {
    const { expected, place, value } = this;
    const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
    return `${place} has to be ${expected}, and is ${kind}`;
  }
}

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
    return `${this.place} has to be ${this.expected}, and is ${kindOf(this.value)}`;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return typeof value === 'object' && tag !== 'Object' ? `a ${tag}` : `a value of type ${typeof value}`;
}

/** The numbers of a message's fields, and what it reserves, as its .proto has them. */
export class FieldNumbers {
  private readonly fields = new Map<number, { name: string; line: string }>();
  private readonly ranges: { from: number; to: number }[] = [];
  private readonly names = new Set<string>();

  /** @param tokens of a `reserved`, such as `5, 8 to max` or `"name", "other"`. */
  reserve(tokens: readonly string[]): void {
    for (const item of tokens.join(' ').split(' , ')) {
      const [from = '', to = from] = item.split(' to ');
      if (/^\d/.test(from)) this.ranges.push({ from: valueOf(from), to: to === 'max' ? Infinity : valueOf(to) });
      else this.names.add(from.replaceAll('"', ''));
    }
  }

  /**
   * Answers what is wrong with another field.
   *
   * @param isExtension Its name is not one of the message's own.
   */
  add(name: string, token: string, line: string, isExtension = false): string | undefined {
    const number = valueOf(token);
    const other = this.fields.get(number);
    this.fields.set(number, { name, line });
    if (other) return `has the number ${number} of ${other.name} (${other.line})`;
    if (this.ranges.some(({ from, to }) => from <= number && number <= to)) {
      return `has the number ${number}, which is reserved`;
    }
    return !isExtension && this.names.has(name) ? 'has a name that is reserved' : undefined;
  }
}

/** Octal ones begin with a 0. */
const valueOf = (token: string): number => (/^0[0-7]+$/.test(token) ? parseInt(token, 8) : Number(token));

/** Code that is put together from the names of the user's own .proto, which stand in it as string literals. */
export class GeneratedCode {
  private readonly names: string[] = [];
  private readonly values: unknown[] = [];

  /** The name under which the code finds `value`. */
  use(value: unknown): string {
    const name = `$${this.names.push(`$${this.names.length}`) - 1}`;
    this.values.push(value);
    return name;
  }

  /** The function that the expression `code` is. */
  compile<F>(code: string): F {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- protobufjs' own codecs are made in the same way
    return (new Function(...this.names, `return ${code};`) as (...values: unknown[]) => F)(...this.values);
  }
}

/**
 * Code that is put together from the names of the user's own .proto, which stand in it as string literals. In a loop over them,
 * all fields would pass through the same few instructions, which V8 cannot make fast for so many names and functions.
 */
export class GeneratedCode {
  private readonly names = new Map<unknown, string>();

  /** The name under which the code finds `value`. */
  use(value: unknown): string {
    const name = this.names.get(value) ?? `$${this.names.size}`;
    this.names.set(value, name);
    return name;
  }

  /** The function that the expression `code` is. */
  compile<F>(code: string): F {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- protobufjs' own codecs are made in the same way
    const make = new Function(...this.names.values(), `return ${code};`) as (...values: unknown[]) => F;
    return make(...this.names.keys());
  }
}

import type protobuf from 'protobufjs';

/** Finishes a codec that protobufjs has generated, whose code knows the names in `scope`. */
export function compile(codec: protobuf.Codegen, scope: Readonly<Record<string, unknown>>): unknown {
  codec(distinct());
  return codec(scope);
}

let made = 0;

/**
 * A comment that no other code has. Functions of the same text share what V8 has learned of the values that pass through them;
 * and types may have the same fields, and so the same code, but never the same objects.
 */
const distinct = (): string => `// ${made++}`;

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
    const make = new Function(...this.names.values(), `return ${code}; ${distinct()}`) as (...values: unknown[]) => F;
    return make(...this.names.keys());
  }
}

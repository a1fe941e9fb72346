/** One field of the objects that an unrolled function takes. */
export interface UnrolledField {
  readonly name: string;
  /** Makes of the field's value, which is there, another one. */
  readonly convert: (value: unknown, depth: number) => unknown;
  /** Called where the field is not there. */
  readonly missing?: ((value: undefined | null) => never) | undefined;
}

/** Reads `source` field by field, and puts what becomes of each value into `target`, which may be the same object. */
export type Unrolled = (source: object, target: object, depth: number) => void;

/**
 * Makes the loop over `fields` into code that names each of them. In a loop every field passes through the same few
 * instructions, which V8 cannot make fast for so many names and functions; unrolled, a field costs a fifth.
 *
 * The names are those of the user's own .proto, and stand in the code as string literals.
 *
 * @param outOf What is thrown in place of an error in the conversion of the field at `index`.
 */
export function unrolled(
  fields: readonly UnrolledField[],
  outOf: (index: number, error: unknown) => unknown,
): Unrolled {
  const lines = fields.map(({ missing, name }, index) => {
    const field = `[${JSON.stringify(name)}]`;
    return `
      at = ${index};
      value = source${field};
      if (value !== undefined && value !== null) target${field} = convert${index}(value, depth);
      ${missing ? `else missing${index}(value);` : ''}`;
  });
  const code = `return (source, target, depth) => {
    let at = 0, value;
    try {${lines.join('')}
    } catch (error) {
      throw outOf(at, error);
    }
  };`;
  const parameters = fields.flatMap((_, index) => [`convert${index}`, `missing${index}`]);
  const functions = fields.flatMap(({ convert, missing }) => [convert, missing]);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- protobufjs' own codecs are made in the same way
  return (new Function('outOf', ...parameters, code) as (...args: unknown[]) => Unrolled)(outOf, ...functions);
}

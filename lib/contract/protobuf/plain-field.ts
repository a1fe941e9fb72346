import protobuf from 'protobufjs';

import type { GeneratedCode } from './generated-code.js';
import { integerOf, isLong } from './long.js';
import type { Integer64 } from './message-reader.js';
import type { PlainDecoder } from './plain-decoder.js';
import type { Int64Form, PlainOptions } from './plain-options.js';

/** What plain objects are made by. */
export interface PlainParts {
  readonly options: PlainOptions;
  readonly decoderOf: (type: protobuf.Type) => PlainDecoder;
}

const formOf: Readonly<Record<Int64Form, (value: Integer64) => unknown>> = {
  number: (value) => value,
  bigint: BigInt,
  string: String,
};

/** The code that makes of one field of a message what is in a plain object. */
export class PlainField {
  /** As a literal. */
  readonly name: string;
  /** In each plain object, sent or not. */
  readonly isAlwaysThere: boolean;

  /** @param field whose types have been resolved. */
  constructor(
    private readonly field: protobuf.Field,
    private readonly parts: PlainParts,
    private readonly generated: GeneratedCode,
  ) {
    this.name = JSON.stringify(field.name);
    this.isAlwaysThere = field.required || (parts.options.defaults && !field.partOf);
  }

  /** The condition under which the variable `value` has what was sent. */
  isSent(value: string): string {
    const { field, generated } = this;
    if (field.map) return `${value} !== ${generated.use(protobuf.util.emptyObject)}`;
    return field.repeated ? `${value} !== undefined && ${value}.length > 0` : `${value} !== undefined`;
  }

  /** The statements that make what was sent plain, which is in the variable `value`. */
  convert(value: string): string {
    const { field } = this;
    // Lists and maps in place: nobody else has them yet.
    const one = field.map || field.repeated ? `${value}[key]` : value;
    const converted = this.converted(one);
    if (converted === undefined) return '';
    const code = `${one} = ${converted};`;
    if (field.map) return `for (const key of Object.keys(${value})) ${code}`;
    return field.repeated ? `for (let key = 0; key < ${value}.length; key++) ${code}` : code;
  }

  /** The same, and what is there where nothing was sent. */
  convertOrDefault(value: string): string {
    const convert = this.convert(value);
    return this.field.required
      ? convert
      : `if (${this.isSent(value)}) { ${convert} } else ${value} = ${this.byDefault};`;
  }

  private get byDefault(): string {
    const { field, generated, parts } = this;
    const { options } = parts;
    if (field.map) return '{}';
    if (field.repeated) return '[]';
    if (field.resolvedType instanceof protobuf.Type) return 'null';
    const initial: unknown = field.typeDefault;
    if (field.resolvedType instanceof protobuf.Enum) {
      return literal(memberOf(field.resolvedType, options)(initial as number), generated);
    }
    if (field.long) return literal(formOf[options.int64](isLong(initial) ? integerOf(initial) : 0), generated);
    if (!field.bytes) return literal(initial, generated);
    // A copy for each: who gets one may write into it, or hand it to a worker.
    return `${generated.use(() => Buffer.from(initial as number[]))}()`;
  }

  /** The expression that makes the one value that the expression `value` is plain, unless it is. */
  private converted(value: string): string | undefined {
    const { field, generated, parts } = this;
    const { resolvedType, type } = field;
    const { decoderOf, options } = parts;
    if (resolvedType instanceof protobuf.Type) return `${generated.use(decoderOf(resolvedType))}.plain(${value})`;
    if (resolvedType instanceof protobuf.Enum) {
      return options.enums === 'name' ? `${generated.use(memberOf(resolvedType, options))}(${value})` : undefined;
    }
    // protobufjs has an array where an entry of a map has no bytes.
    if (field.map && type === 'bytes') return `${value}.length === 0 ? ${generated.use(Buffer)}.alloc(0) : ${value}`;
    const isFormed = type in protobuf.types.long && options.int64 !== 'number';
    return isFormed ? `${generated.use(formOf[options.int64])}(${value})` : undefined;
  }
}

/** Finds what a member of an enum is in a plain object. A number without a name may be from a newer peer. */
const memberOf =
  ({ valuesById }: protobuf.Enum, { enums }: PlainOptions) =>
  (number: number): number | string =>
    enums === 'name' ? (valuesById[number] ?? number) : number;

function literal(value: unknown, generated: GeneratedCode): string {
  // JSON has it as 0, and so has a Map that it is a key of.
  if (Object.is(value, -0)) return '-0';
  const isExact = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return isExact ? JSON.stringify(value) : generated.use(value);
}

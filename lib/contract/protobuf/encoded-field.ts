import protobuf from 'protobufjs';

import { type Convert, enumConversion, keyConversion, scalarConversions } from './conversions.js';
import type { GeneratedCode } from './generated-code.js';
import { Mismatch } from './mismatch.js';
import type { PlainEncoder } from './plain-encoder.js';
import { hasFields } from './plain-object.js';
import { END_OF_GROUP, GROUP, LENGTH_DELIMITED, tagOf } from './tag.js';

/** What an encoder is made of. */
export interface EncoderParts {
  readonly generated: GeneratedCode;
  readonly encoderOf: (type: protobuf.Type) => PlainEncoder;
}

/** The part of an encoder that writes one field: what is to be done with its `value`, which is there. */
export class EncodedField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  /** The type as it is on the wire. */
  private readonly type: string;
  private readonly wireType: number;

  /** @param field whose types have been resolved. */
  constructor(
    private readonly field: protobuf.Field,
    private readonly parts: EncoderParts,
  ) {
    this.id = field.id;
    this.name = field.name;
    this.required = field.required;
    this.type = field.resolvedType instanceof protobuf.Enum ? 'int32' : field.type;
    this.wireType = (protobuf.types.basic as Record<string, number>)[this.type] ?? LENGTH_DELIMITED;
  }

  get oneof(): protobuf.OneOf | null {
    return this.field.partOf;
  }

  get code(): string {
    const { field } = this;
    if (field instanceof protobuf.MapField) return this.entries(field);
    return field.repeated ? this.items() : this.single();
  }

  private single(): string {
    const { field, id, type, wireType } = this;
    if (field.resolvedType instanceof protobuf.Type) return this.message(field.resolvedType, 'value');
    const write = `w.uint32(${tagOf(id, wireType)}).${type}(value);`;
    const convert = `value = ${this.converted('value')};`;
    return field.hasPresence ? `${convert} ${write}` : `${convert} if (${this.isNoDefault()}) ${write}`;
  }

  private items(): string {
    const { field, id, parts, type, wireType } = this;
    const each = (code: string): string =>
      `${parts.generated.use(assertList)}(value);
       for (step = 0; step < value.length; step++) { ${code} }`;
    if (field.resolvedType instanceof protobuf.Type) return each(this.message(field.resolvedType, 'value[step]'));
    const item = this.converted('value[step]');
    if (!field.packed || !(type in protobuf.types.packed)) {
      return each(`w.uint32(${tagOf(id, wireType)}).${type}(${item});`);
    }
    return `const items = [];
       ${each(`items.push(${item});`)}
       if (items.length > 0) w.uint32(${tagOf(id, LENGTH_DELIMITED)}).${type}s(items);`;
  }

  private entries(field: protobuf.MapField): string {
    const { id, parts, type, wireType } = this;
    const { generated } = parts;
    const { keyType, resolvedType } = field;
    const keyTag = tagOf(1, (protobuf.types.basic as Record<string, number>)[keyType]!);
    const value =
      resolvedType instanceof protobuf.Type
        ? this.message(resolvedType, 'value[step]', 2)
        : `w.uint32(${tagOf(2, wireType)}).${type}(${this.converted('value[step]')});`;
    return `${generated.use(assertObject)}(value);
       for (step of Object.keys(value)) {
         w.uint32(${tagOf(id, LENGTH_DELIMITED)}).fork().uint32(${keyTag}).${keyType}(${generated.use(keyConversion(keyType))}(step));
         ${value}
         w.ldelim();
       }`;
  }

  private message(type: protobuf.Type, value: string, id = this.id): string {
    const encoder = this.parts.generated.use(this.parts.encoderOf(type));
    // Never in a map, whatever holds for the whole file.
    if (this.field.delimited && !this.field.map) {
      return `w.uint32(${tagOf(id, GROUP)}); ${encoder}.encode(${value}, w, depth + 1); w.uint32(${tagOf(id, END_OF_GROUP)});`;
    }
    return `w.uint32(${tagOf(id, LENGTH_DELIMITED)}).fork(); ${encoder}.encode(${value}, w, depth + 1); w.ldelim();`;
  }

  private converted(value: string): string {
    const { resolvedType, type } = this.field;
    const convert: Convert =
      resolvedType instanceof protobuf.Enum ? enumConversion(resolvedType) : scalarConversions[type]!;
    return `${this.parts.generated.use(convert)}(${value})`;
  }

  /** The condition under which `value` is to be written where a default need not be. */
  private isNoDefault(): string {
    const { bytes, long, type } = this.field;
    if (bytes) return 'value.length > 0';
    if (long) return `typeof value === 'number' ? value !== 0 : value.low !== 0 || value.high !== 0`;
    // -0 is another double than 0.
    if (type === 'double' || type === 'float') return '!Object.is(value, 0)';
    return `value !== ${JSON.stringify(this.field.typeDefault)}`;
  }
}

function assertList(value: unknown): void {
  if (!Array.isArray(value)) throw new Mismatch('an array', value);
}

export function assertObject(value: unknown): void {
  if (!hasFields(value)) throw new Mismatch('an object', value);
}

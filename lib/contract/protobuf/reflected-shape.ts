import protobuf from 'protobufjs';

import type { EnumShape, MessageShape } from './message-shape.js';
import type { SourceLines } from './source-lines.js';

/** The shape of a message that was read from a .proto. */
export class ReflectedShape implements MessageShape {
  readonly name: string;
  readonly fields: readonly string[];
  readonly oneofs: ReadonlyMap<string, readonly string[]>;

  constructor(
    readonly type: protobuf.Type,
    private readonly lines: SourceLines,
  ) {
    this.name = type.name;
    this.fields = type.fieldsArray.map(({ name }) => name);
    const oneofs = type.oneofsArray.filter(({ isProto3Optional }) => !isProto3Optional);
    this.oneofs = new Map(oneofs.map(({ fieldsArray, name }) => [name, fieldsArray.map((field) => field.name)]));
  }

  messageIn(name: string): ReflectedShape | undefined {
    const field = this.field(name);
    if (!(field?.resolvedType instanceof protobuf.Type) || field.repeated || field.map) return undefined;
    return new ReflectedShape(field.resolvedType, this.lines);
  }

  enumIn(name: string): EnumShape | undefined {
    const type = this.field(name)?.resolvedType;
    if (!(type instanceof protobuf.Enum)) return undefined;
    const { values, valuesById } = type;
    // Of two names for one number (`allow_alias`) a message could not tell the second.
    const names = Object.keys(values).filter((member) => valuesById[values[member]!] === member);
    return {
      names,
      unspecified: names.find((member) => values[member] === 0 && member.endsWith('UNSPECIFIED')),
      nameOf: (value) => (typeof value === 'string' ? value : valuesById[Number(value ?? 0)]),
    };
  }

  whereIs(path = ''): string {
    // The name of an extension has dots in it.
    const own = this.field(path);
    if (own) return this.lines.of((own.declaringField ?? own).fullName);
    const [name = '', ...rest] = path.split('.');
    const inner = rest.length > 0 ? this.messageIn(name) : undefined;
    return inner ? inner.whereIs(rest.join('.')) : this.lines.of((this.field(name) ?? this.type).fullName);
  }

  private field(name: string): protobuf.Field | undefined {
    return Object.hasOwn(this.type.fields, name) ? this.type.fields[name]!.resolve() : undefined;
  }
}

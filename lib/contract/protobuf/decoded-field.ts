import protobuf from 'protobufjs';

import { type DecodedValue, decodedValue, type DecoderParts, scalar } from './decoded-value.js';
import { endOfDelimited, setEntry } from './primitives.js';
import { LENGTH_DELIMITED, tagOf } from './tag.js';

/** The part of a decoder that reads one field: cases for its tags, which put what they read into the message `m`. */
export class DecodedField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  /** Fields that hold several values come first in a plain object. */
  readonly rank: number;
  private readonly value: DecodedValue;
  /** Where its value is, or those that it has. */
  private readonly here: string;
  /** What is there before it is read. */
  private readonly before: string;

  /** @param field whose types have been resolved. */
  constructor(
    private readonly field: protobuf.Field,
    private readonly parts: DecoderParts,
  ) {
    this.id = field.id;
    this.name = field.name;
    this.required = field.required;
    this.rank = field.repeated ? 0 : field.map ? 1 : 2;
    this.value = decodedValue(field, parts);
    const name = JSON.stringify(field.name);
    this.here = `m[${name}]`;
    // What every object inherits, such as `constructor`, came from no peer, and would be written into.
    this.before = field.name in Object.prototype ? `(Object.hasOwn(m, ${name}) ? ${this.here} : undefined)` : this.here;
  }

  get oneof(): protobuf.OneOf | null {
    return this.field.partOf;
  }

  /** What the message has of it before it is read. */
  get initially(): string[] {
    const { field, name, parts, value } = this;
    if (!parts.options.defaults || field.partOf) return [];
    const initial = field.repeated ? '[]' : field.map ? '{}' : value.byDefault;
    return [`${JSON.stringify(name)}: ${initial}`];
  }

  /** @param member The variable with the name of the member that its oneof has, if it is in one. */
  cases(member: string | undefined): string {
    const { field } = this;
    if (field instanceof protobuf.MapField) return this.entryCase(field);
    return field.repeated ? this.itemCases() : this.singleCase(member);
  }

  private singleCase(member: string | undefined): string {
    const { before, field, here, id, parts, required, value } = this;
    const name = JSON.stringify(this.name);
    const code = [`const value = ${value.read(before)};`];
    if (value.mayBeNone) code.push('if (value === undefined) break;');
    if (member)
      code.push(`if (${member} !== ${name} && ${member} !== undefined) delete m[${member}];`, `${member} = ${name};`);
    if (!parts.options.defaults && !field.hasPresence) {
      // On the wire or not, a default is none; and it takes the place of what came before.
      const isDefault = field.bytes ? 'value.length === 0' : `Object.is(value, ${value.byDefault})`;
      code.push(`if (${isDefault}) { delete ${here}; break; }`);
    }
    code.push(`${here} = value;`);
    if (required) code.push(`has${id} = true;`);
    return caseOf(tagOf(id, value.wireType), code);
  }

  private itemCases(): string {
    const { before, field, here, id, value } = this;
    const code = [`const value = ${value.read('undefined')};`];
    const add = `(${before} ?? (${here} = [])).push(value);`;
    code.push(value.mayBeNone ? `if (value !== undefined) ${add}` : add);
    const one = caseOf(tagOf(id, value.wireType), code);
    const isPackable = field.resolvedType instanceof protobuf.Enum || field.type in protobuf.types.packed;
    // Both are to be taken, whatever the .proto says.
    return isPackable ? one + caseOf(tagOf(id, LENGTH_DELIMITED), this.untilEnd(code)) : one;
  }

  private entryCase(field: protobuf.MapField): string {
    const { generated } = this.parts;
    const { before, here, id, parts, value } = this;
    const key = scalar(field.keyType, field, parts);
    const put = `${generated.use(setEntry)}(${before} ?? (${here} = {}), key, value);`;
    return caseOf(tagOf(id, LENGTH_DELIMITED), [
      `let key = ${key.byDefault}, value = ${value.byDefault};`,
      ...this.untilEnd([
        'const tag = r.tag();',
        `switch (tag) {
          case ${tagOf(1, key.wireType)}: key = ${key.read('undefined')}; break;
          case ${tagOf(2, value.wireType)}: value = ${value.read('value')}; break;
          default: r.skipType(tag & 7, depth, tag >>> 3);
        }`,
      ]),
      // A message without fields may not be there at all.
      ...(value.empty ? [`value ??= ${value.empty};`] : []),
      value.mayBeNone ? `if (value !== undefined) ${put}` : put,
    ]);
  }

  /** `code` again and again, up to the end of what is delimited by its length. */
  private untilEnd(code: readonly string[]): string[] {
    return [
      `const to = ${this.parts.generated.use(endOfDelimited)}(r), outerLen = r.len;`,
      'r.len = to;',
      `while (r.pos < to) { ${code.join(' ')} }`,
      'if (r.pos !== to) throw outOfRange();',
      'r.len = outerLen;',
    ];
  }
}

const caseOf = (tag: number, code: readonly string[]): string => `
        case ${tag}: {
          ${code.join('\n          ')}
          break;
        }`;

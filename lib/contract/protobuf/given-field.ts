import protobuf from 'protobufjs';

import { type Convert, enumConversion, keyConversion, scalarConversions } from './conversions.js';
import type { GeneratedCode } from './generated-code.js';
import { Mismatch } from './mismatch.js';
import type { PlainEncoder } from './plain-encoder.js';
import { hasFields } from './plain-object.js';

/** The code that makes of what a plain object has for one field what protobufjs can encode. */
export class GivenField {
  readonly id: number;
  /** As a literal. */
  readonly name: string;
  readonly required: boolean;

  /** @param field whose types have been resolved. */
  constructor(
    private readonly field: protobuf.Field,
    private readonly encoderOf: (type: protobuf.Type) => PlainEncoder,
    private readonly generated: GeneratedCode,
  ) {
    this.id = field.id;
    this.name = JSON.stringify(field.name);
    this.required = field.required;
  }

  /** The expression for what `source` has: not what every object inherits, such as `constructor`. */
  get given(): string {
    const { field, name } = this;
    const given = `source[${name}]`;
    return field.name in Object.prototype ? `Object.hasOwn(source, ${name}) ? ${given} : undefined` : given;
  }

  /** The statements that convert `value`, which is there. Within a list or a map, `step` says where they are. */
  get convert(): string {
    const { field, generated } = this;
    if (field instanceof protobuf.MapField) {
      const key = generated.use(keyConversion(field.keyType));
      return `${generated.use(assertObject)}(value);
        const entries = {};
        for (step of Object.keys(value)) ${generated.use(setEntry)}(entries, ${key}(step), ${this.converted('value[step]')});
        value = entries;`;
    }
    if (!field.repeated) return `value = ${this.converted('value')};`;
    return `${generated.use(assertList)}(value);
        const items = [];
        for (step = 0; step < value.length; step++) items.push(${this.converted('value[step]')});
        value = items;`;
  }

  private converted(value: string): string {
    const { encoderOf, field, generated } = this;
    const { resolvedType, type } = field;
    if (resolvedType instanceof protobuf.Type) {
      return `${generated.use(encoderOf(resolvedType))}.message(${value}, depth + 1)`;
    }
    const convert: Convert =
      resolvedType instanceof protobuf.Enum ? enumConversion(resolvedType) : scalarConversions[type]!;
    return `${generated.use(convert)}(${value})`;
  }
}

function assertList(value: unknown): void {
  if (!Array.isArray(value)) throw new Mismatch('an array', value);
}

export function assertObject(value: unknown): void {
  if (!hasFields(value)) throw new Mismatch('an object', value);
}

/** protobufjs takes the keys of all maps as texts. One may be `__proto__`, which is to be a key like any other. */
function setEntry(entries: Record<string, unknown>, key: unknown, value: unknown): void {
  const name = String(key);
  if (name === '__proto__') protobuf.util.makeProp(entries, name);
  entries[name] = value;
}

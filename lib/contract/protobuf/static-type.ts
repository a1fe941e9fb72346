import type protobuf from 'protobufjs';

import { NotSerializableError } from '../../errors/index.js';
import type { Fields } from '../envelope/message-format.js';
import { bigintOf, integerOf, isLong, type Long, longOf } from './long.js';
import type { MessageType } from './protobuf-format.js';
import type { Int64Form, PlainOptions } from './plain-options.js';

/** A class of a static module, as `pbjs -t static-module` makes it. */
export interface StaticClass {
  readonly name: string;
  readonly prototype: object;
  decode(reader: protobuf.Reader, length?: number): object;
  encode(message: object, writer?: protobuf.Writer): protobuf.Writer;
  verify(message: Record<string, unknown>): string | null;
  fromObject(plain: Record<string, unknown>): object;
  toObject(message: object, options?: protobuf.IConversionOptions): Record<string, unknown>;
}

/** A class that was generated ahead: nothing is compiled when the app runs. */
export class StaticType implements MessageType {
  constructor(
    private readonly generated: StaticClass,
    private readonly options: PlainOptions,
  ) {}

  read(reader: protobuf.Reader, length: number): Fields {
    const { defaults, enums, int64 } = this.options;
    const plain = this.generated.toObject(this.generated.decode(reader, length), {
      defaults,
      ...(enums === 'name' && { enums: String }),
    });
    return mapped(plain, (value) => (isLong(value) ? formOf(value, int64) : value)) as Fields;
  }

  write(fields: Fields, writer: protobuf.Writer): void {
    // protobufjs would write a bigint as 0.
    const plain = mapped(fields, (value) => (typeof value === 'bigint' ? longOf(value, value >= 0n) : value)) as Fields;
    // Before the conversion, which makes a text of anything. So members of enums have to be numbers here.
    const mismatch = this.generated.verify(plain);
    if (mismatch !== null) throw new NotSerializableError(`${this.generated.name}: ${mismatch}`);
    this.generated.encode(this.generated.fromObject(plain), writer);
  }
}

function formOf(long: Long, form: Int64Form): unknown {
  if (form === 'number') return integerOf(long);
  return form === 'bigint' ? bigintOf(long) : String(bigintOf(long));
}

/** A copy of `value` in which `change` has been asked for every value within. Generated classes do not tell their fields. */
function mapped(value: unknown, change: (value: unknown) => unknown): unknown {
  const changed = change(value);
  if (changed !== value || typeof value !== 'object' || value === null || value instanceof Uint8Array) return changed;
  if (Array.isArray(value)) return value.map((item) => mapped(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, change)]));
}

import protobuf from 'protobufjs';

import { InvalidContractError, NotSerializableError } from '../../errors/index.js';
import type { Fields } from '../envelope/message-format.js';
import { bigintOf, exactOf, integerOf, isLong, type Long, longOf } from './long.js';
import { Mismatch } from './mismatch.js';
import { hasFields } from './plain-object.js';
import type { Int64Form, PlainOptions } from './plain-options.js';
import type { MessageType } from './protobuf-format.js';

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

const needed = ['decode', 'encode', 'verify', 'fromObject', 'toObject'] as const;

/** @throws InvalidContractError for a class that was generated without some of its functions. */
export function assertWhole(generated: StaticClass): void {
  const missing = needed.filter((name) => typeof generated[name] !== 'function');
  if (missing.length === 0) return;
  throw new InvalidContractError(
    `The class ${generated.name} has no ${missing.join(', ')}: generate it with all of its functions, which pbjs does ` +
      'without options such as `--no-verify`',
  );
}

/** A class that was generated ahead: nothing is compiled when the app runs. */
export class StaticType implements MessageType {
  readonly reader = protobuf.Reader.create(Buffer.alloc(0));

  constructor(
    private readonly generated: StaticClass,
    private readonly options: PlainOptions,
  ) {}

  read(length: number): Fields {
    const { defaults, enums, int64 } = this.options;
    const plain = this.generated.toObject(this.generated.decode(this.reader, length), {
      defaults,
      ...(enums === 'name' && { enums: String }),
    });
    return formed(plain, int64) as Fields;
  }

  write(fields: Fields, writer: protobuf.Writer): void {
    const { generated } = this;
    const given = withLongs(fields) as Fields;
    let made: object;
    try {
      made = generated.fromObject(given);
    } catch (error) {
      this.verify(given);
      throw error;
    }
    try {
      // Of what was given, since the conversion makes a text of anything. So members of enums have to be numbers here.
      this.verify(verifiable(fields, made) as Fields);
    } catch (error) {
      if (error instanceof Mismatch) throw new NotSerializableError(error.within(generated.name).message);
      throw error;
    }
    generated.encode(made, writer);
  }

  private verify(plain: Fields): void {
    const mismatch = this.generated.verify(plain);
    if (mismatch !== null) throw new NotSerializableError(`${this.generated.name}: ${mismatch}`);
  }
}

function formOf(long: Long, form: Int64Form): unknown {
  if (form === 'number') return integerOf(long);
  return form === 'bigint' ? bigintOf(long) : String(bigintOf(long));
}

/** A copy of what was read, with 64 bits as they were asked for. Generated classes do not tell their fields. */
function formed(value: unknown, form: Int64Form): unknown {
  if (isLong(value)) return formOf(value, form);
  if (Array.isArray(value)) return value.map((item) => formed(item, form));
  if (!isNested(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, formed(item, form)]));
}

/** A copy of what is to be written, without bigints, which protobufjs would write as 0. */
function withLongs(value: unknown): unknown {
  if (typeof value === 'bigint') return longOf(value, value >= 0n);
  if (Array.isArray(value)) return value.map(withLongs);
  return isNested(value) ? copyOf(value, withLongs) : value;
}

/**
 * A copy of what was `given`, in which that is a `Long` of which one was `made`, as texts of digits are for 64 bits alone.
 * The conversion cuts integers to the size of their field, and makes an empty message of a Date: throws a {@link Mismatch} for
 * what is no longer the same.
 */
function verifiable(given: unknown, made: unknown): unknown {
  if (given === undefined || given === null) return given;
  if (isLong(made)) {
    if (exactOf(given) !== bigintOf(made)) throw new Mismatch('an integer that fits', given);
    return made;
  }
  if (typeof given === 'number' && typeof made === 'number') {
    if (given !== made && !Number.isNaN(given)) throw new Mismatch('an integer that fits', given);
    return given;
  }
  if (Array.isArray(given) && Array.isArray(made)) {
    return given.map((item, index) => within(`[${index}]`, item, made[index]));
  }
  if (!isNested(made)) return given;
  if (!hasFields(given)) throw new Mismatch('an object', given);
  // Of a map as well, whose keys need not be names.
  return copyOf(given, (item, key) => within(`.${key}`, item, made[key]));
}

function within(step: string, given: unknown, made: unknown): unknown {
  try {
    return verifiable(given, made);
  } catch (error) {
    throw error instanceof Mismatch ? error.within(step) : error;
  }
}

function isNested(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !isLong(value);
}

/** Without a prototype: generated code takes what objects inherit, such as `constructor`, for fields that are called so. */
function copyOf(value: Fields, change: (item: unknown, key: string) => unknown): Fields {
  const copy = Object.create(null) as Fields;
  for (const [key, item] of Object.entries(value)) copy[key] = change(item, key);
  return copy;
}

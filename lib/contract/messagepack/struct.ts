import { InvalidContractError } from '../../errors/index.js';
import { assertKind, isMap, type Kind, type ValueOf } from './kind.js';
import type { ReadPlace, WritePlace } from './place.js';

/** The names of a struct's fields, and what is in them, in the order of the Rust struct. */
export type FieldKinds = Readonly<Record<string, Kind>>;

export type StructValue<Fields extends FieldKinds> = { [Name in keyof Fields]: ValueOf<Fields[Name]> };

/** See {@link struct}. */
export class StructKind<Fields extends FieldKinds = FieldKinds> implements Kind<StructValue<Fields>> {
  readonly names: readonly string[];
  private readonly kinds: readonly Kind[];
  /** Some of the names are of what every object has, such as `constructor`. */
  private readonly hasInherited: boolean;

  constructor(readonly fields: Fields) {
    this.names = Object.keys(fields);
    this.kinds = Object.values(fields);
    this.hasInherited = this.names.some((name) => name in Object.prototype);
    for (const name of this.names) {
      assertKind(fields[name], `The field ${name}`);
      if (name === '__proto__') throw new InvalidContractError('A field cannot be called __proto__');
      if (/^\d+$/.test(name)) {
        throw new InvalidContractError(
          `The field ${name} cannot be a number: JavaScript would put it before the others`,
        );
      }
    }
  }

  read(plain: unknown, at: ReadPlace): StructValue<Fields> {
    const { kinds, names } = this;
    const values = Array.isArray(plain) ? plain : this.valuesOf(plain, at);
    if (values.length !== names.length) {
      throw at.mismatch(`a struct of ${names.length} fields, and has ${values.length}`);
    }
    const value: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      at.enter(name);
      value[name] = kinds[i]!.read(values[i], at);
      at.leave();
    }
    return value as StructValue<Fields>;
  }

  write(value: unknown, at: WritePlace): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw at.mismatch('an object', value);
    const { hasInherited, kinds, names } = this;
    const values = new Array<unknown>(names.length);
    at.open();
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      at.enter(name);
      const isThere = !hasInherited || !(name in Object.prototype) || Object.hasOwn(value, name);
      values[i] = kinds[i]!.write(isThere ? (value as Record<string, unknown>)[name] : undefined, at);
      at.leave();
    }
    at.close();
    // One without fields is an array in any case: Rust's `struct Unit;` is no map, and its `struct Empty {}` reads both.
    if (!at.structsAsMaps || names.length === 0) return values;
    const plain = new Map<string, unknown>();
    for (let i = 0; i < names.length; i++) plain.set(names[i]!, values[i]);
    return plain;
  }

  blank(): StructValue<Fields> {
    return Object.fromEntries(this.names.map((name, i) => [name, this.kinds[i]!.blank()])) as StructValue<Fields>;
  }

  /** What a map has for the fields, in their order. */
  private valuesOf(plain: unknown, at: ReadPlace): unknown[] {
    if (!isMap(plain)) throw at.mismatch('a struct');
    return this.names.map((name, i) => {
      if (Object.hasOwn(plain, name)) return plain[name];
      if (!this.kinds[i]!.isOptional) throw at.mismatch(`a struct with the field ${name}`);
      return null;
    });
  }
}

/**
 * A Rust struct: its fields in their order. Read from an array, in which it has to have all its fields, and from a map, in
 * which fields may come in any order, optional ones may be missing, and those it does not know are skipped. Of a field
 * that comes twice the last counts.
 *
 * @throws InvalidContractError
 */
export function struct<Fields extends FieldKinds>(fields: Fields): StructKind<Fields> {
  return new StructKind(fields);
}

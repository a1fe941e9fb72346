import { InvalidContractError } from '../../errors/index.js';
import { assertKind, type Kind, type ValueOf } from './kind.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** The names of a struct's fields, and what is in them, in the order of the Rust struct. */
export type FieldKinds = Readonly<Record<string, Kind>>;

export type StructValue<Fields extends FieldKinds> = { [Name in keyof Fields]: ValueOf<Fields[Name]> };

/** See {@link struct}. */
export class StructKind<Fields extends FieldKinds = FieldKinds> implements Kind<StructValue<Fields>> {
  readonly names: readonly string[];
  private readonly kinds: readonly Kind[];
  private readonly indexes: ReadonlyMap<string, number>;

  constructor(readonly fields: Fields) {
    this.names = Object.keys(fields);
    this.kinds = Object.values(fields);
    this.indexes = new Map(this.names.map((name, index) => [name, index]));
    for (const name of this.names) {
      assertKind(fields[name], `The field ${name}`);
      if (/^\d+$/.test(name)) {
        throw new InvalidContractError(
          `The field ${name} cannot be a number: JavaScript would put it before the others`,
        );
      }
    }
  }

  read(from: Reader): StructValue<Fields> {
    const length = from.array();
    if (length === undefined) return this.readMap(from);
    const { names } = this;
    if (length !== names.length) throw from.mismatch(`a struct of ${names.length} fields, and has ${length}`);
    const value: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) value[names[i]!] = this.readField(i, from);
    return value as StructValue<Fields>;
  }

  write(value: unknown, to: Writer): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw to.mismatch('an object', value);
    const { kinds, names } = this;
    // One without fields is an array in any case: Rust's `struct Unit;` is no map, and its `struct Empty {}` reads both.
    const isMap = to.structsAsMaps && names.length > 0;
    if (isMap) to.openMap(names.length);
    else to.openArray(names.length);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      if (isMap) to.text(name);
      to.place.enter(name);
      kinds[i]!.write((value as Record<string, unknown>)[name], to);
      to.place.leave();
    }
    to.close();
  }

  blank(): StructValue<Fields> {
    return Object.fromEntries(this.names.map((name, i) => [name, this.kinds[i]!.blank()])) as StructValue<Fields>;
  }

  private readMap(from: Reader): StructValue<Fields> {
    const length = from.map();
    if (length === undefined) throw from.mismatch('a struct');
    const { kinds, names } = this;
    const values = new Array<unknown>(names.length);
    const found = new Array<boolean>(names.length).fill(false);
    for (let i = 0; i < length; i++) {
      const name = from.text();
      if (name === undefined) from.skip();
      const index = name === undefined ? undefined : this.indexes.get(name);
      if (index === undefined) {
        from.skip();
        continue;
      }
      if (found[index]) throw from.mismatch(`a struct with one field ${names[index]}`);
      found[index] = true;
      values[index] = this.readField(index, from);
    }
    const value: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      if (!found[i] && !kinds[i]!.isOptional) throw from.mismatch(`a struct with the field ${names[i]}`);
      value[names[i]!] = found[i] ? values[i] : null;
    }
    return value as StructValue<Fields>;
  }

  private readField(index: number, from: Reader): unknown {
    from.place.enter(this.names[index]!);
    const value = this.kinds[index]!.read(from);
    from.place.leave();
    return value;
  }
}

/**
 * A Rust struct: its fields in their order. Read from an array, in which it has to have all its fields, and from a map, in
 * which fields may come in any order, optional ones may be missing, and those it does not know are skipped.
 *
 * @throws InvalidContractError
 */
export function struct<Fields extends FieldKinds>(fields: Fields): StructKind<Fields> {
  return new StructKind(fields);
}

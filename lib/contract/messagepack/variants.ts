import { InvalidContractError } from '../../errors/index.js';
import { assertKind, isMap, type Kind, type ValueOf } from './kind.js';
import type { ReadPlace, WritePlace } from './place.js';
import { unit } from './scalars.js';
import type { FieldKinds } from './struct.js';

export type VariantsValue<Variants extends FieldKinds> = {
  [Name in keyof Variants & string]: Variants[Name] extends Kind<null>
    ? Name
    : { [Data in Name]: ValueOf<Variants[Data]> };
}[keyof Variants & string];

/** See {@link variants}. */
export class VariantsKind<Variants extends FieldKinds = FieldKinds> implements Kind<VariantsValue<Variants>> {
  readonly names: readonly string[];
  /** The variants that have no data. */
  readonly units: readonly string[];
  private readonly kinds: ReadonlyMap<string, Kind>;
  private readonly expected: string;

  constructor(all: Variants) {
    this.names = Object.keys(all);
    if (this.names.length === 0) throw new InvalidContractError('There have to be variants');
    for (const name of this.names) assertKind(all[name], `The variant ${name}`);
    this.units = this.names.filter((name) => all[name] === unit);
    this.kinds = new Map(Object.entries(all));
    this.expected = `one of ${this.names.join(', ')}`;
  }

  read(plain: unknown, at: ReadPlace): VariantsValue<Variants> {
    if (!isMap(plain)) return this.readVariant(plain, undefined, at);
    const names = Object.keys(plain);
    if (names.length !== 1) throw at.mismatch(`${this.expected}, and has ${names.length} of them`);
    return this.readVariant(names[0], plain[names[0]!], at);
  }

  write(value: unknown, at: WritePlace): unknown {
    const [name, data] = this.partsOf(value) ?? [];
    const kind = name === undefined ? undefined : this.kinds.get(name);
    if (name === undefined || kind === undefined) throw at.mismatch(this.expected, value);
    at.enter(name);
    let plain: unknown = name;
    if (kind === unit) {
      if (!isNothing(data)) throw at.mismatch('without data', data);
    } else {
      if (data === undefined) throw at.mismatch('with data', data);
      at.open();
      plain = new Map().set(name, kind.write(data, at));
      at.close();
    }
    at.leave();
    return plain;
  }

  blank(): VariantsValue<Variants> {
    const [name] = this.names;
    const value = this.units[0] ?? { [name!]: this.kinds.get(name!)!.blank() };
    return value as VariantsValue<Variants>;
  }

  private readVariant(name: unknown, data: unknown, at: ReadPlace): VariantsValue<Variants> {
    const kind = typeof name === 'string' ? this.kinds.get(name) : undefined;
    if (typeof name !== 'string' || kind === undefined) throw at.mismatch(this.expected);
    let value: unknown = name;
    if (data !== undefined) {
      at.enter(name);
      const read = kind.read(data, at);
      at.leave();
      if (kind !== unit) value = { [name]: read };
    } else if (kind !== unit) {
      throw at.mismatch(`${name} with data`);
    }
    return value as VariantsValue<Variants>;
  }

  private partsOf(value: unknown): [name: string, data: unknown] | undefined {
    if (typeof value === 'string') return [value, undefined];
    if (typeof value !== 'object' || value === null) return undefined;
    const entries = Object.entries(value);
    return entries.length === 1 ? entries[0] : undefined;
  }
}

/** Nest's clients have to send something: `{}` or `''` where there is nothing to say. */
function isNothing(data: unknown): boolean {
  if (typeof data === 'object' && data !== null) return Object.keys(data).length === 0;
  return data === undefined || data === null || data === '';
}

/**
 * A Rust enum: `'Flush'` for a variant without data, which is `unit`, and `{ Put: data }` for one with data.
 *
 * @throws InvalidContractError
 */
export function variants<Variants extends FieldKinds>(all: Variants): VariantsKind<Variants> {
  return new VariantsKind(all);
}

import { InvalidContractError } from '../../errors/index.js';
import { assertKind, type Kind, type ValueOf } from './kind.js';
import type { Reader } from './reader.js';
import { unit } from './scalars.js';
import type { FieldKinds } from './struct.js';
import type { Writer } from './writer.js';

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

  read(from: Reader): VariantsValue<Variants> {
    const isMap = from.map();
    if (isMap !== undefined && isMap !== 1) throw from.mismatch(`${this.expected}, and has ${isMap} of them`);
    const name = from.text();
    const kind = name === undefined ? undefined : this.kinds.get(name);
    if (name === undefined || kind === undefined) throw from.mismatch(this.expected);
    let value: unknown = name;
    if (isMap) {
      from.place.enter(name);
      const data = kind.read(from);
      from.place.leave();
      if (kind !== unit) value = { [name]: data };
    } else if (kind !== unit) {
      throw from.mismatch(`${name} with data`);
    }
    return value as VariantsValue<Variants>;
  }

  write(value: unknown, to: Writer): void {
    const [name, data] = this.partsOf(value) ?? [];
    const kind = name === undefined ? undefined : this.kinds.get(name);
    if (name === undefined || kind === undefined) throw to.mismatch(this.expected, value);
    to.place.enter(name);
    if (kind === unit) {
      if (!isNothing(data)) throw to.mismatch('without data', data);
      to.text(name);
    } else {
      if (data === undefined) throw to.mismatch('with data', data);
      to.openMap(1);
      to.text(name);
      kind.write(data, to);
      to.close();
    }
    to.place.leave();
  }

  blank(): VariantsValue<Variants> {
    const [name] = this.names;
    const value = this.units[0] ?? { [name!]: this.kinds.get(name!)!.blank() };
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

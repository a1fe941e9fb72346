import { InvalidContractError } from '../../errors/index.js';
import { type Arms, FieldArms, OnlyArm, ValueArms, VariantArms } from '../envelope/arms.js';
import { OptionalKind } from './collections.js';
import type { Kind } from './kind.js';
import type { StructKind } from './struct.js';
import { VariantsKind } from './variants.js';

/** What makes the route of a request: a field, or nothing, where `only` is the one route there is. */
export type Route = string | { readonly only: string };

/** Where the payload lies in requests. @throws InvalidContractError */
export function requestArms(request: StructKind, route: Route | undefined): Arms {
  if (typeof route === 'object') return new OnlyArm(route.only);
  const [name, ...others] = route === undefined ? fieldsWithData(request) : [route];
  if (name === undefined) {
    throw new InvalidContractError(
      'The request has no field of variants with data to route by: name one of variants with `route`, or the one route ' +
        'there is with `route: { only }`',
    );
  }
  if (others.length > 0) throw severalFields('request', 'route', [name, ...others]);
  const { names, units } = variantsAt('request', request, 'route', name);
  if (names.length > units.length) return new VariantArms(name, names, units);
  return new ValueArms(name, names, (value) => (typeof value === 'string' ? value : undefined));
}

/** Where the payload lies in responses. @throws InvalidContractError */
export function responseArms(response: StructKind, arms: string | undefined): Arms {
  const [name, ...others] = arms === undefined ? fieldsWithData(response) : [arms];
  // Replies are whole responses.
  if (name === undefined) return new FieldArms([]);
  if (others.length > 0) throw severalFields('response', 'arms', [name, ...others]);
  const { names, units } = variantsAt('response', response, 'arms', name);
  return new VariantArms(name, names, units);
}

function fieldsWithData(struct: StructKind): string[] {
  return struct.names.filter((name) => {
    const all = variantsOf(struct.fields[name]);
    return all !== undefined && all.names.length > all.units.length;
  });
}

function variantsAt(message: string, struct: StructKind, option: string, name: string): VariantsKind {
  const all = Object.hasOwn(struct.fields, name) ? variantsOf(struct.fields[name]) : undefined;
  if (all) return all;
  const wrong = struct.names.includes(name) ? 'which is no `variants`' : `which it has not: it has ${listed(struct)}`;
  throw new InvalidContractError(`\`${option}\` names the field ${name} of the ${message}, ${wrong}`);
}

function variantsOf(kind: Kind | undefined): VariantsKind | undefined {
  const inner = kind instanceof OptionalKind ? kind.inner : kind;
  return inner instanceof VariantsKind ? inner : undefined;
}

function severalFields(message: string, option: string, names: string[]): InvalidContractError {
  return new InvalidContractError(
    `The ${message} has several fields of variants with data: say with \`${option}\` which it is: ${names.join(', ')}`,
  );
}

export const listed = (struct: StructKind): string => struct.names.join(', ') || 'none';

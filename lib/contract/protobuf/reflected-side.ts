import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import { ControlCode } from '../../wire/index.js';
import type { Side } from '../envelope/side.js';
import { CallLiterals } from './call-literals.js';
import { isClosed } from './features.js';
import { highestId } from './highest-id.js';
import type { PlainOptions } from './plain-options.js';
import { ProtobufFormat } from './protobuf-format.js';
import type { ReflectedShape } from './reflected-shape.js';
import { ReflectedType } from './reflected-type.js';

/**
 * The messages of a type that was read from a .proto.
 *
 * @param id, code The names of the fields that hold them.
 * @throws InvalidContractError for fields that cannot hold them, and for others that each message would have to have.
 */
export function reflectedSide(
  shape: ReflectedShape,
  id: string,
  code: string,
  plain: PlainOptions,
): Omit<Side, 'arms'> {
  const { type } = shape;
  for (const name of [id, code]) assertInteger(type.fields[name]!, shape);
  for (const field of type.fieldsArray) {
    if (!field.required || field.name === id || field.name === code) continue;
    throw new InvalidContractError(
      `${placeOf(field, shape)} is required, but a Cancel or an End has no more than its ${id} and ${code}`,
    );
  }
  return {
    format: new ProtobufFormat(new ReflectedType(type, plain)),
    messages: new CallLiterals(id, code),
    codes: codesOf(type.fields[code]!, shape),
    maxId: highestId(type.fields[id]!.type),
    fields: shape.fields,
    whereIs: (path) => shape.whereIs(path),
  };
}

const integers = [
  'int32',
  'uint32',
  'sint32',
  'fixed32',
  'sfixed32',
  'int64',
  'uint64',
  'sint64',
  'fixed64',
  'sfixed64',
];

function assertInteger(field: protobuf.Field, shape: ReflectedShape): void {
  const isEnum = field.resolvedType instanceof protobuf.Enum;
  if (!field.repeated && !field.map && (isEnum || integers.includes(field.type))) return;
  const kind = field.repeated ? 'repeated ' : '';
  throw new InvalidContractError(`${placeOf(field, shape)} has to be an integer, and is ${kind}${field.type}`);
}

/** Of a control code that is an enum, whose members may come by name. */
function codesOf(field: protobuf.Field, shape: ReflectedShape): ReadonlyMap<string, number> | undefined {
  const { resolvedType } = field;
  if (!(resolvedType instanceof protobuf.Enum)) return undefined;
  for (const [name, code] of Object.entries(ControlCode)) {
    // It would be read as what is there where there is none.
    if (!isClosed(resolvedType) || resolvedType.valuesById[code] !== undefined) continue;
    throw new InvalidContractError(
      `${placeOf(field, shape)} is of the closed enum ${resolvedType.name}, which has no member for ${code} (${name})`,
    );
  }
  return new Map(Object.entries(resolvedType.values));
}

const placeOf = ({ fullName, name }: protobuf.Field, shape: ReflectedShape): string =>
  `${fullName.slice(1)}${shape.whereIs(name)}`;

import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import { ControlCode } from '../../wire/index.js';
import type { Side } from '../envelope/side.js';
import { blanksOf } from './blanks.js';
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
 * @param codes Those that are sent.
 * @throws InvalidContractError for fields that cannot hold them.
 */
export function reflectedSide(
  shape: ReflectedShape,
  id: string,
  code: string,
  codes: readonly ControlCode[],
  plain: PlainOptions,
): Omit<Side, 'arms'> {
  const { type } = shape;
  for (const name of [id, code]) assertInteger(type.fields[name]!, shape);
  return {
    format: new ProtobufFormat(new ReflectedType(type, plain)),
    messages: new CallLiterals(id, code, blanksOf(type, [id, code])),
    codes: codesOf(type.fields[code]!, codes, shape),
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
  const kind = field.map ? 'a map of ' : field.repeated ? 'repeated ' : '';
  throw new InvalidContractError(`${placeOf(field, shape)} has to be an integer, and is ${kind}${field.type}`);
}

/** Of a control code that is an enum, whose members may come by name. */
function codesOf(
  field: protobuf.Field,
  codes: readonly ControlCode[],
  shape: ReflectedShape,
): ReadonlyMap<string, number> | undefined {
  const { resolvedType } = field;
  if (!(resolvedType instanceof protobuf.Enum)) return undefined;
  // It would be read as what is there where there is none.
  const missing = codes.find((code) => isClosed(resolvedType) && resolvedType.valuesById[code] === undefined);
  if (missing !== undefined) {
    throw new InvalidContractError(
      `${placeOf(field, shape)} is of the closed enum ${resolvedType.name}, which has no member for ${missing} (${nameOf(missing)})`,
    );
  }
  return new Map(Object.entries(resolvedType.values));
}

const placeOf = ({ fullName, name }: protobuf.Field, shape: ReflectedShape): string =>
  `${fullName.slice(1)}${shape.whereIs(name)}`;

const nameOf = (code: ControlCode): string =>
  Object.keys(ControlCode).find((name) => ControlCode[name as keyof typeof ControlCode] === code)!;

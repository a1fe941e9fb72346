import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import type { Direction } from '../envelope/call-fields.js';
import { type Arms, FieldArms, OnlyArm, ValueArms } from '../envelope/arms.js';

export interface ArmsOptions {
  readonly direction: Direction;
  /** The fields that are about the call. */
  readonly callFields: readonly string[];
  /** A oneof, or a field whose value is the route. */
  readonly route: string | undefined;
  /** Arms whose own arms count. Default: those whose message is nothing but a oneof of messages. */
  readonly envelopes: readonly string[] | undefined;
  readonly whereIs: (name: string) => string;
}

/** Where the payload lies in messages of `type`. @throws InvalidContractError */
export function armsOf(type: protobuf.Type, options: ArmsOptions): Arms {
  const { callFields, direction, route, whereIs } = options;
  if (route !== undefined) return armsNamed(type, route, options);
  const oneofs = realOneofs(type);
  if (oneofs.length > 1) {
    throw new InvalidContractError(
      `${type.name} has several oneofs${whereIs(type.fullName)}: say with \`route\` which is the route: ` +
        oneofs.map(({ name }) => name).join(', '),
    );
  }
  if (oneofs.length === 1) return fieldArms(oneofs[0]!.fieldsArray, options);
  const messages = type.fieldsArray.filter((field) => !callFields.includes(field.name) && isMessage(field));
  if (messages.length > 0 || direction === 'response') return fieldArms(messages, options);
  return new OnlyArm(type.name);
}

function armsNamed(type: protobuf.Type, route: string, options: ArmsOptions): Arms {
  const oneof = type.oneofs?.[route];
  if (oneof) return fieldArms(oneof.fieldsArray, options);
  const field = type.fields[route]?.resolve();
  if (field?.resolvedType instanceof protobuf.Enum) {
    const { values, valuesById } = field.resolvedType;
    const nameOf = (value: unknown): string | undefined =>
      typeof value === 'string' ? value : valuesById[Number(value ?? 0)];
    // Of two names for one number (`allow_alias`) a message could not tell the second.
    const names = Object.keys(values).filter((name) => valuesById[values[name]!] === name);
    return new ValueArms(route, names, nameOf);
  }
  throw new InvalidContractError(
    `${type.name}.${route} cannot be the route${options.whereIs(type.fullName)}: it takes a oneof, or a field that is an enum`,
  );
}

function fieldArms(fields: readonly protobuf.Field[], { envelopes }: ArmsOptions): Arms {
  const isEnvelope = (field: protobuf.Field, path: string): boolean =>
    envelopes ? envelopes.includes(path) : isMessage(field) && isUnionOfMessages(field.resolvedType);
  const pathsOf = (field: protobuf.Field, before: string, above: readonly protobuf.Field[]): string[] => {
    const path = before + field.name;
    // One that nests itself would have no end.
    if (above.includes(field) || !isEnvelope(field.resolve(), path) || !isMessage(field)) return [path];
    return field.resolvedType.fieldsArray.flatMap((inner) => pathsOf(inner, `${path}.`, [...above, field]));
  };
  return new FieldArms(fields.flatMap((field) => pathsOf(field, '', [])));
}

/** A field with `optional` in proto3 is in a oneof of its own, which nobody has written. */
function realOneofs(type: protobuf.Type): protobuf.OneOf[] {
  return type.oneofsArray.filter(({ isProto3Optional }) => !isProto3Optional);
}

function isUnionOfMessages(type: protobuf.Type): boolean {
  const oneofs = realOneofs(type);
  return (
    oneofs.length === 1 &&
    oneofs[0]!.fieldsArray.length === type.fieldsArray.length &&
    type.fieldsArray.every(isMessage)
  );
}

function isMessage(field: protobuf.Field): field is protobuf.Field & { resolvedType: protobuf.Type } {
  return field.resolve().resolvedType instanceof protobuf.Type && !field.repeated && !field.map;
}

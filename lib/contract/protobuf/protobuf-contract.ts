import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import type { Contract } from '../contract.js';
import { FieldArms } from '../envelope/arms.js';
import { callField, type Direction, type FieldName } from '../envelope/call-fields.js';
import { CallMessages } from '../envelope/call-message.js';
import { envelopeContract } from '../envelope/envelope-contract.js';
import type { Fields } from '../envelope/message-format.js';
import type { ErrorArm } from '../envelope/failures.js';
import type { RouteOptions } from '../envelope/routes.js';
import type { Side } from '../envelope/side.js';
import { armsOf } from './arms-of.js';
import { CallLiterals } from './call-literals.js';
import { ProtobufFormat } from './protobuf-format.js';
import { ReflectedType } from './reflected-type.js';
import { loadSchema, type Schema, schemaOfRoot } from './schema.js';
import { type StaticClass, StaticType } from './static-type.js';
import type { PlainOptions } from './plain-options.js';

export interface ProtobufContractOptions {
  /** The .proto: a path, several, or a root that is loaded already. Not needed for classes of a static module. */
  readonly proto?: string | readonly string[] | protobuf.Root;

  /** Where imports are looked for, beside the folder of the file that has them. */
  readonly includeDirs?: readonly string[];

  /** Leaves the names of fields as the .proto has them; by default `request_id` becomes `requestId`. */
  readonly keepCase?: boolean;

  /** What the client sends: the full name of a message, or a class of a static module. */
  readonly request: string | StaticClass;

  /** What the server sends. */
  readonly response: string | StaticClass;

  /** The field with the id of the call. Default: the first of `id`, `requestId`, `messageId`, or their snake case. */
  readonly id?: FieldName;

  /** The field with the control code. Default: `code`, or `controlCode`. */
  readonly code?: FieldName;

  /**
   * What makes the route of a request: the name of a oneof, whose arm is the route; or of an enum field, whose value is.
   * Default: the only oneof, or else the fields that are messages, or else the message is the only route there is.
   */
  readonly route?: string;

  /**
   * Arms whose own arms count, so that routes are paths: with `['unary']` the pattern is `unary.get`. Default: arms whose
   * message is nothing but a oneof of messages.
   */
  readonly envelopes?: readonly string[];

  /** How the replies and failures of routes look, where that is not one message in the arm of the same name. */
  readonly routes?: Readonly<Record<string, RouteOptions>>;

  /** The arm of the response that carries failures, unless a route says otherwise. Without one they are a Cancel. */
  readonly error?: string | ErrorArm;

  /** What 64-bit integers become. Default `number`: a number up to 2^53-1 and a `bigint` above it. Each is taken. */
  readonly int64?: PlainOptions['int64'];

  /** What the members of enums become. Default `number`. Each is taken. */
  readonly enums?: PlainOptions['enums'];

  /** Whether fields that are not on the wire have their default value. Default `true`. */
  readonly defaults?: boolean;

  /** A server need not handle every route. */
  readonly partial?: boolean;
}

/**
 * A contract from a .proto of your own, as a Rust protosocket service has it: nothing is wrapped around its messages.
 *
 * @throws InvalidContractError for a .proto that cannot be loaded, and for options that do not fit it; the text names the
 *   line.
 */
export function protobufContract(options: ProtobufContractOptions): Contract {
  const { error, partial, request, response, routes } = options;
  assertOfProto(options);
  const schema = schemaOf(options);
  return envelopeContract({
    requests: sideOf('request', request, schema, options),
    replies: sideOf('response', response, schema, options),
    routes,
    error,
    partial,
  });
}

/** A class of a static module tells neither its oneofs nor what is in its fields. */
function assertOfProto({ envelopes, request, response, route }: ProtobufContractOptions): void {
  const isClass = typeof request !== 'string';
  if (isClass && route !== undefined) throw isOfProto('route');
  if (isClass && typeof response !== 'string' && envelopes !== undefined) throw isOfProto('envelopes');
}

const isOfProto = (option: string): InvalidContractError =>
  new InvalidContractError(`\`${option}\` is for messages of a .proto, and not for classes of a static module`);

function schemaOf({ includeDirs = [], keepCase = false, proto }: ProtobufContractOptions): Schema | undefined {
  if (proto === undefined) return undefined;
  if (proto instanceof protobuf.Root) return schemaOfRoot(proto);
  return loadSchema(typeof proto === 'string' ? [proto] : proto, { includeDirs, keepCase });
}

function sideOf(
  direction: Direction,
  name: string | StaticClass,
  schema: Schema | undefined,
  options: ProtobufContractOptions,
): Side {
  const { defaults = true, enums = 'number', int64 = 'number' } = options;
  const plain = { defaults, enums, int64 };
  const names: Named = { direction, ...options };
  if (typeof name !== 'string') return staticSide(name, plain, names);
  if (!schema) throw new InvalidContractError(`\`proto\` is missing: it has to have the message ${name}`);
  return reflectedSide(typeNamed(name, schema), schema, plain, names);
}

type Named = Pick<ProtobufContractOptions, 'id' | 'code' | 'route' | 'envelopes'> & {
  readonly direction: Direction;
};

function reflectedSide(type: protobuf.Type, { lines }: Schema, plain: PlainOptions, named: Named): Side {
  const whereIs = (fullName: string): string => lines.of(fullName);
  const names = type.fieldsArray.map((field) => field.name);
  const message = `${type.name}${whereIs(type.fullName)}`;
  const id = callField('id', named.direction, named.id, message, names);
  const code = callField('code', named.direction, named.code, message, names);
  for (const name of [id, code]) assertInteger(type.fields[name]!, whereIs);
  return {
    format: new ProtobufFormat(new ReflectedType(type, plain)),
    messages: new CallLiterals(id, code),
    codes: codesOf(type.fields[code]!),
    maxId: highest(type.fields[id]!.type),
    arms: armsOf(type, {
      callFields: [id, code],
      direction: named.direction,
      route: named.direction === 'request' ? named.route : undefined,
      envelopes: named.envelopes,
      whereIs,
    }),
    fields: names,
    whereIs: (route) => whereIs(fieldAt(type, route)?.fullName ?? type.fullName),
  };
}

/** Of a control code that is an enum, whose members may come by name. */
function codesOf(field: protobuf.Field): ReadonlyMap<string, number> | undefined {
  const { resolvedType } = field.resolve();
  return resolvedType instanceof protobuf.Enum ? new Map(Object.entries(resolvedType.values)) : undefined;
}

function staticSide(generated: StaticClass, plain: PlainOptions, named: Named): Side {
  // Beside its fields a class has methods.
  const defaults = Object.entries(generated.prototype).filter(([, value]) => typeof value !== 'function');
  const names = defaults.map(([name]) => name);
  const id = callField('id', named.direction, named.id, generated.name, names);
  const code = callField('code', named.direction, named.code, generated.name, names);
  // A generated class tells of its fields no more than their defaults: that of an arm is null.
  const arms = defaults.filter(([, value]) => value === null).map(([name]) => name);
  return {
    format: new ProtobufFormat(new StaticType(generated, plain)),
    messages: new CallMessages(id, code),
    // Of 64 bits the default is an object. Of fewer, it does not tell whether they have a sign.
    maxId: typeof (generated.prototype as Fields)[id] === 'object' ? undefined : highest('int32'),
    arms: new FieldArms(arms),
    fields: names,
  };
}

/** The highest number of a field, where that is below 2^53. */
function highest(type: string): number | undefined {
  if (type.endsWith('64')) return undefined;
  return type === 'uint32' || type === 'fixed32' ? 2 ** 32 - 1 : 2 ** 31 - 1;
}

function typeNamed(name: string, { root }: Schema): protobuf.Type {
  try {
    return root.lookupType(name);
  } catch (error) {
    throw new InvalidContractError(`The .proto has no message ${name}`, error);
  }
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

function assertInteger(field: protobuf.Field, whereIs: (name: string) => string): void {
  const isEnum = field.resolve().resolvedType instanceof protobuf.Enum;
  if (!field.repeated && !field.map && (isEnum || integers.includes(field.type))) return;
  throw new InvalidContractError(
    `${field.fullName.slice(1)}${whereIs(field.fullName)} has to be an integer, and is ${field.repeated ? 'repeated ' : ''}${field.type}`,
  );
}

function fieldAt(type: protobuf.Type, path: string): protobuf.Field | undefined {
  let field: protobuf.Field | undefined;
  let within: protobuf.Type | undefined = type;
  for (const name of path.split('.')) {
    field = within?.fields[name];
    const inner: unknown = field?.resolve().resolvedType;
    within = inner instanceof protobuf.Type ? inner : undefined;
  }
  return field;
}

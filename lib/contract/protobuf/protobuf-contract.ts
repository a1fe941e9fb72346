import protobuf from 'protobufjs';

import { InvalidContractError } from '../../errors/index.js';
import { ControlCode } from '../../wire/index.js';
import type { Contract } from '../contract.js';
import { callField, type Direction, type FieldName } from '../envelope/call-fields.js';
import { envelopeContract } from '../envelope/envelope-contract.js';
import type { ErrorArm } from '../envelope/failures.js';
import type { RouteOptions } from '../envelope/routes.js';
import type { Side } from '../envelope/side.js';
import { assertEnvelopes, requestArms, responseArms } from './arms-of.js';
import type { MessageShape } from './message-shape.js';
import type { PlainOptions } from './plain-options.js';
import { ReflectedShape } from './reflected-shape.js';
import { reflectedSide } from './reflected-side.js';
import { loadSchema, messageNamed, type Schema, schemaOfRoot } from './schema.js';
import { StaticShape } from './static-shape.js';
import { staticSide } from './static-side.js';
import { assertWhole, type StaticClass } from './static-type.js';

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
   * What makes the route of a request: the name of a oneof, whose arm is the route; or of an enum field of a .proto, whose
   * value is. Default: the only oneof, or else the fields that are messages, or else the message is the only route there is.
   */
  readonly route?: string;

  /** The oneof of the response that has its arms. Default: the only one, or else the fields that are messages. */
  readonly arms?: string;

  /**
   * Arms whose own arms count, so that routes are paths: with `['unary']` the pattern is `unary.get`. Default: arms of the
   * request whose message is nothing but a oneof of messages, and those of the response with the same path, if they are.
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
  const { arms, envelopes, error, partial, request, response, route, routes } = options;
  const schema = schemaOf(options);
  const requests = sideOf('request', request, schema, options);
  const replies = sideOf('response', response, schema, options);
  const requested = requestArms(requests.shape, { callFields: requests.callFields, named: route, envelopes });
  const replied = responseArms(replies.shape, requested, { callFields: replies.callFields, named: arms, envelopes });
  assertEnvelopes(envelopes, requested, replied);
  return envelopeContract({
    requests: { ...requests.side, arms: requested },
    replies: { ...replies.side, arms: replied },
    routes,
    error,
    partial,
  });
}

function schemaOf({ includeDirs = [], keepCase = false, proto }: ProtobufContractOptions): Schema | undefined {
  if (proto === undefined) return undefined;
  if (proto instanceof protobuf.Root) return schemaOfRoot(proto);
  const paths = typeof proto === 'string' ? [proto] : proto;
  if (Array.isArray(paths) && paths.every((path) => typeof path === 'string')) {
    return loadSchema(paths, { includeDirs, keepCase });
  }
  throw new InvalidContractError('`proto` has to be a path, several, or a loaded `protobuf.Root`');
}

/** The messages of one direction, but for where their payload lies. */
interface SideParts {
  readonly shape: MessageShape;
  readonly callFields: readonly string[];
  readonly side: Omit<Side, 'arms'>;
}

function sideOf(
  direction: Direction,
  message: string | StaticClass,
  schema: Schema | undefined,
  options: ProtobufContractOptions,
): SideParts {
  const { defaults = true, enums = 'number', int64 = 'number' } = options;
  const plain = { defaults, enums, int64 };
  const shape = shapeOf(direction, message, schema);
  const callFields = callFieldsOf(direction, shape, options);
  const [id, code] = callFields;
  const codes = codesSaid(direction, options);
  const side =
    shape instanceof StaticShape
      ? staticSide(shape, id, code, codes, plain)
      : reflectedSide(shape, id, code, codes, plain);
  return { shape, callFields, side };
}

/** A request ends with its one message, and a reply that is no stream with its first. */
function codesSaid(direction: Direction, { routes = {} }: ProtobufContractOptions): readonly ControlCode[] {
  const { Cancel, End, Normal } = ControlCode;
  const hasStreams = Object.values(routes).some(({ reply }) => reply === 'stream');
  return direction === 'response' && hasStreams ? [Normal, Cancel, End] : [Normal, Cancel];
}

function shapeOf(
  direction: Direction,
  message: string | StaticClass,
  schema: Schema | undefined,
): ReflectedShape | StaticShape {
  if (typeof message === 'function') {
    assertWhole(message);
    return new StaticShape(message);
  }
  if (typeof message !== 'string') {
    throw new InvalidContractError(`\`${direction}\` has to be the name of a message, or a class of a static module`);
  }
  if (!schema) throw new InvalidContractError(`\`proto\` is missing: it has to have the message ${message}`);
  return new ReflectedShape(messageNamed(message, schema), schema.lines);
}

/** The names of those that hold the id and the control code. */
function callFieldsOf(
  direction: Direction,
  shape: MessageShape,
  options: ProtobufContractOptions,
): readonly [id: string, code: string] {
  const message = `${shape.name}${shape.whereIs()}`;
  const id = callField('id', direction, options.id, message, shape.fields);
  const code = callField('code', direction, options.code, message, shape.fields);
  if (id === code) throw new InvalidContractError(`\`id\` and \`code\` both name the field ${id} of ${message}`);
  for (const [oneof, members] of shape.oneofs) {
    const inside = [id, code].find((name) => members.includes(name));
    if (inside === undefined) continue;
    throw new InvalidContractError(
      `${shape.name}.${inside}${shape.whereIs(inside)} is in the oneof ${oneof}, and each message has to have it`,
    );
  }
  return [id, code];
}

import { InvalidContractError } from '../../errors/index.js';
import type { Contract } from '../contract.js';
import { callField, type Direction, type FieldName } from '../envelope/call-fields.js';
import { CallMessages } from '../envelope/call-message.js';
import { envelopeContract } from '../envelope/envelope-contract.js';
import type { ErrorArm } from '../envelope/failures.js';
import type { RouteOptions } from '../envelope/routes.js';
import type { Side } from '../envelope/side.js';
import { requestArms, responseArms, type Route } from './arms-of.js';
import { MessagePackFormat } from './messagepack-format.js';
import { IntegerKind } from './numbers.js';
import { StructKind } from './struct.js';

export interface MessagePackContractOptions {
  /** What the client sends: a `struct`. */
  readonly request: StructKind;

  /** What the server sends: a `struct`. */
  readonly response: StructKind;

  /** The field with the id of the call. Default: the first of `id`, `request_id`, `message_id`, or their camel case. */
  readonly id?: FieldName;

  /** The field with the control code. Default: `code`, or `control_code`, or `controlCode`. */
  readonly code?: FieldName;

  /**
   * What makes the route of a request. The name of a field of `variants` with data: the variant is the route, its data
   * the payload. Of a field of variants without data: the variant is the route, the whole request the payload. Or
   * `{ only: 'name' }`: all requests have that route, and are their own payload. Default: the only field of variants with
   * data.
   */
  readonly route?: Route;

  /** The field of `variants` whose variant is the arm of a response. Default: the only one of variants with data. */
  readonly arms?: string;

  /** How the replies and failures of routes look, where that is not one message in the arm of the same name. */
  readonly routes?: Readonly<Record<string, RouteOptions>>;

  /** The arm of the response that carries failures, unless a route says otherwise. Without one they are a Cancel. */
  readonly error?: string | ErrorArm;

  /** How structs are written. Default `array`, as upstream's encoder does; Rust reads either, and so does this. */
  readonly structs?: 'array' | 'map';

  /** A server need not handle every route. */
  readonly partial?: boolean;

  /** How many arrays and maps may lie within each other, in both directions: from 1 to 1024. Default 64. */
  readonly maxDepth?: number;
}

/** Rust's `rmp_serde` reads no deeper, and a stack has its end. */
const DEEPEST = 1024;

/**
 * A contract of upstream's MessagePack peers (`protosocket-messagepack`), from the shapes of their Rust structs.
 *
 * ```
 * messagePackContract({
 *   request: struct({ id: u64, code: u8, command: optional(variants({ Put: struct({ key: string }), Flush: unit })) }),
 *   response: struct({ id: u64, code: u8, kind: optional(variants({ Ok: unit })) }),
 *   routes: { Put: { response: 'Ok' }, Flush: { response: 'Ok' } },
 * })
 * ```
 *
 * @throws InvalidContractError for options that do not fit each other.
 */
export function messagePackContract(options: MessagePackContractOptions): Contract {
  const { arms, error, partial, request, response, route, routes } = options;
  for (const [name, kind] of Object.entries({ request, response })) {
    if (!(kind instanceof StructKind)) throw new InvalidContractError(`\`${name}\` has to be a \`struct({ ... })\``);
  }
  return envelopeContract({
    requests: { ...sideOf('request', request, options), arms: requestArms(request, route) },
    replies: { ...sideOf('response', response, options), arms: responseArms(response, arms) },
    routes,
    error,
    partial,
  });
}

function sideOf(message: Direction, struct: StructKind, options: MessagePackContractOptions): Omit<Side, 'arms'> {
  const { maxDepth = 64, structs = 'array' } = options;
  if (!Number.isInteger(maxDepth) || maxDepth < 1 || maxDepth > DEEPEST) {
    throw new InvalidContractError(`\`maxDepth\` has to be an integer from 1 to ${DEEPEST}`);
  }
  if (structs !== 'array' && structs !== 'map') {
    throw new InvalidContractError("`structs` has to be 'array' or 'map'");
  }
  const id = unsignedField('id', message, struct, options.id);
  const code = unsignedField('code', message, struct, options.code);
  if (id.name === code.name) {
    throw new InvalidContractError(`\`id\` and \`code\` both name the field ${id.name} of the ${message}`);
  }
  const format = new MessagePackFormat(struct, code.name, { message, structsAsMaps: structs === 'map', maxDepth });
  return { format, messages: new CallMessages(id.name, code.name), maxId: id.kind.highest, fields: struct.names };
}

interface UnsignedField {
  readonly name: string;
  readonly kind: IntegerKind<number | bigint>;
}

function unsignedField(
  field: 'id' | 'code',
  direction: Direction,
  struct: StructKind,
  given: FieldName | undefined,
): UnsignedField {
  const name = callField(field, direction, given, `The ${direction}`, struct.names);
  const kind = struct.fields[name];
  if (isUnsigned(kind)) return { name, kind };
  throw new InvalidContractError(
    `The field ${name} of the ${direction} has to be an unsigned integer, such as \`u64\``,
  );
}

function isUnsigned(kind: unknown): kind is IntegerKind<number | bigint> {
  return kind instanceof IntegerKind && kind.isUnsigned;
}

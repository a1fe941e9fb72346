import { InvalidContractError } from '../../errors/index.js';
import { type Arms, FieldArms, OnlyArm, ValueArms } from '../envelope/arms.js';
import type { MessageShape } from './message-shape.js';

/** Whether the arm at `path`, which holds `message`, is not to count, but the arms of that message. */
type IsEnvelope = (path: string, message: MessageShape) => boolean;

/** Where the payload lies in the messages of one direction. */
export interface ArmsOptions {
  /** The fields that are about the call. */
  readonly callFields: readonly string[];
  /** What the user has said: of a request the oneof or enum that is its `route`, of a response the oneof with its `arms`. */
  readonly named: string | undefined;
  /** Arms whose own arms count. */
  readonly envelopes: readonly string[] | undefined;
}

/** Where the payload lies in requests. @throws InvalidContractError */
export function requestArms(request: MessageShape, options: ArmsOptions): Arms {
  const { callFields, envelopes, named } = options;
  const isEnvelope: IsEnvelope = (path, message) => envelopes?.includes(path) ?? isUnionOfMessages(message);
  const members = named === undefined ? undefined : request.oneofs.get(named);
  if (named !== undefined && members === undefined) return enumArms(request, named);
  const names = members ?? armsIn(request, callFields, 'route');
  return names.length > 0 ? fieldArms(request, names, isEnvelope) : new OnlyArm(request.name);
}

/** Where the payload lies in responses to what has the arms `requests`. @throws InvalidContractError */
export function responseArms(response: MessageShape, requests: Arms, options: ArmsOptions): Arms {
  const { callFields, envelopes, named } = options;
  // A reply in the arm `get` may well be one of several messages. It is what answers an envelope that is one as well.
  const isEnvelope: IsEnvelope = (path, message) =>
    envelopes?.includes(path) ?? (hasWithin(requests, path) && isUnionOfMessages(message));
  if (named === undefined) return fieldArms(response, armsIn(response, callFields, 'arms'), isEnvelope);
  const members = response.oneofs.get(named);
  if (members) return fieldArms(response, members, isEnvelope);
  throw new InvalidContractError(
    `\`arms\` names ${named}, which is no oneof of ${response.name}${response.whereIs()}: it has ` +
      ([...response.oneofs.keys()].join(', ') || 'none'),
  );
}

/** @throws InvalidContractError for an envelope that neither of the two has. */
export function assertEnvelopes(envelopes: readonly string[] = [], requests: Arms, replies: Arms): void {
  for (const path of envelopes) {
    if (hasWithin(requests, path) || hasWithin(replies, path)) continue;
    throw new InvalidContractError(`\`envelopes\` names ${JSON.stringify(path)}, which is no arm that has arms itself`);
  }
}

const hasWithin = ({ names }: Arms, path: string): boolean => names.some((name) => name.startsWith(`${path}.`));

function enumArms(request: MessageShape, field: string): Arms {
  const members = request.enumIn(field);
  if (members) return new ValueArms(field, members.names, (value) => members.nameOf(value), members.unspecified);
  throw new InvalidContractError(
    `${request.name}.${field} cannot be the route${request.whereIs(field)}: it takes a oneof, or an enum field ` +
      `of a .proto`,
  );
}

/** The members of the only oneof, or else the fields that are messages. */
function armsIn(message: MessageShape, callFields: readonly string[], option: 'route' | 'arms'): readonly string[] {
  const { fields, name, oneofs } = message;
  if (oneofs.size > 1) {
    throw new InvalidContractError(
      `${name} has several oneofs${message.whereIs()}: say with \`${option}\` which it is: ${[...oneofs.keys()].join(', ')}`,
    );
  }
  const [members] = oneofs.values();
  return members ?? fields.filter((field) => !callFields.includes(field) && message.messageIn(field));
}

function fieldArms(message: MessageShape, fields: readonly string[], isEnvelope: IsEnvelope): Arms {
  const pathsOf = (
    outer: MessageShape,
    field: string,
    before: readonly string[],
    above: readonly unknown[],
  ): string[][] => {
    const path = [...before, field];
    const inner = outer.messageIn(field);
    // One that nests itself would have no end.
    if (!inner || above.includes(inner.type) || !isEnvelope(path.join('.'), inner)) return [path];
    return inner.fields.flatMap((name) => pathsOf(inner, name, path, [...above, inner.type]));
  };
  return new FieldArms(fields.flatMap((field) => pathsOf(message, field, [], [message.type])));
}

function isUnionOfMessages(message: MessageShape): boolean {
  const [members, ...others] = message.oneofs.values();
  return (
    others.length === 0 &&
    members?.length === message.fields.length &&
    members.every((member) => message.messageIn(member) !== undefined)
  );
}

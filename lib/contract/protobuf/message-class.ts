import protobuf from 'protobufjs';

import { isChoice, isLarge } from './choice.js';
import { GeneratedCode } from './generated-code.js';

/** What protobufjs decodes and encodes: by the names of its fields what they have. */
export type Message = Record<string, unknown>;

type MessageClass = new () => Message;

/** Where a message has the name of the member that its oneof has. protobufjs takes no field whose name begins so. */
export const memberSlot = (oneof: protobuf.OneOf): string => `$oneof ${oneof.name}`;

/**
 * Makes the class whose instances protobufjs' decoder of `type` is to fill. That of protobufjs goes through all members of a
 * oneof whenever one of them is read, which a service with a hundred routes would pay for with each call; this one keeps in mind
 * the one that it has. What is `required` is not there from the start, since it counts as sent as soon as it is.
 */
export function decodedClass(type: protobuf.Type): MessageClass {
  const slots = type.oneofsArray.filter(isChoice).map((oneof): [string, unknown] => [memberSlot(oneof), undefined]);
  const fields = type.fieldsArray
    .map((field) => field.resolve())
    .filter((field) => !field.required && !isDeletable(field) && !isOneOfMany(field))
    .map(({ map, name }): [string, unknown] => [name, map ? protobuf.util.emptyObject : undefined]);
  const setters = type.oneofsArray.map((oneof) => [oneof.name, setterOf(oneof)]);
  return classOf([...slots, ...fields], Object.fromEntries(setters) as PropertyDescriptorMap);
}

/** Makes the class whose instances protobufjs' encoder is to read: messages with some of the `fields`. */
export function encodedClass(fields: readonly protobuf.Field[]): MessageClass {
  return classOf(fields.filter((field) => !isOneOfMany(field)).map(({ name }) => [name, undefined]));
}

/** Where a peer sends a default that need not be sent the decoder deletes it, which takes an object its shape. */
const isDeletable = ({ hasPresence, map, repeated, resolvedType }: protobuf.Field): boolean =>
  !hasPresence && !map && !repeated && !(resolvedType instanceof protobuf.Type);

const isOneOfMany = ({ partOf }: protobuf.Field): boolean => partOf !== null && isLarge(partOf);

/**
 * A class whose instances have the same shape from the start, as V8 likes it best. They inherit nothing: what every object does,
 * such as `constructor`, came from no peer, and would be read into, or written.
 */
function classOf(initial: readonly (readonly [name: string, value: unknown])[], setters = {}): MessageClass {
  const generated = new GeneratedCode();
  const made = generated.compile<MessageClass & { prototype: object }>(`function () {
    ${initial.map(([name, value]) => `this[${JSON.stringify(name)}] = ${generated.use(value)};`).join('\n    ')}
  }`);
  made.prototype = Object.create(null, setters) as object;
  return made;
}

/** protobufjs' decoder sets a oneof to the name of the member that it has read. */
function setterOf(oneof: protobuf.OneOf): PropertyDescriptor {
  if (!isChoice(oneof)) return { set: () => undefined };
  const slot = JSON.stringify(memberSlot(oneof));
  return {
    set: new GeneratedCode().compile(`function (name) {
      const before = this[${slot}];
      if (before === name) return;
      if (before !== undefined) this[before] = undefined;
      this[${slot}] = name;
    }`),
  };
}

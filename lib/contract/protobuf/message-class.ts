import protobuf from 'protobufjs';

import { GeneratedCode } from './generated-code.js';

/** What protobufjs' decoder makes of bytes: the fields that were sent, and which member each oneof has. */
export type Message = Record<string, unknown>;

/** Of no field is the name like this. */
export const memberSlot = (oneof: protobuf.OneOf): string => `oneof ${oneof.name}`;

/** Of a single member, as `optional` of proto3 is, there is none that takes the place of another. */
export const hasChoice = ({ oneof }: protobuf.OneOf): boolean => oneof.length > 1;

/**
 * Makes the class whose instances protobufjs' decoder of `type` is to fill. That of protobufjs goes through all members of a
 * oneof whenever one of them is read, which a service with a hundred routes would pay for with each call; this one keeps in mind
 * the one that it has. And it inherits nothing: what every object does, such as `constructor`, came from no peer, and would be
 * read into.
 */
export function messageClass(type: protobuf.Type): new () => Message {
  const generated = new GeneratedCode();
  // All instances have the same shape. Those that are `required` count as sent as soon as they are there.
  const fields = type.fieldsArray.filter((field) => !field.required && !(field.partOf && hasChoice(field.partOf)));
  const initial = (field: protobuf.Field): string =>
    field.map ? generated.use(protobuf.util.emptyObject) : 'undefined';
  const slots = type.oneofsArray.filter(hasChoice).map(memberSlot);
  const made = generated.compile<{ new (): Message; prototype: object }>(`function () {
    ${slots.map((slot) => `this[${JSON.stringify(slot)}] = undefined;`).join('\n    ')}
    ${fields.map((field) => `this[${JSON.stringify(field.name)}] = ${initial(field)};`).join('\n    ')}
  }`);
  const setters = Object.fromEntries(type.oneofsArray.map((oneof) => [oneof.name, setterOf(oneof)]));
  made.prototype = Object.create(null, setters) as object;
  return made;
}

/** protobufjs' decoder sets a oneof to the name of the member that it has read. */
function setterOf(oneof: protobuf.OneOf): PropertyDescriptor {
  if (!hasChoice(oneof)) return { set: () => undefined };
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

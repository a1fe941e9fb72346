import type protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';
import { GeneratedCode } from './generated-code.js';
import { hasChoice, memberSlot, type Message } from './message-class.js';
import { PlainField, type PlainParts } from './plain-field.js';

/** Makes the code that makes a plain object of what protobufjs' decoder of `type` has made. */
export function toPlain(type: protobuf.Type, parts: PlainParts): (message: Message) => Fields {
  const generated = new GeneratedCode();
  const fields = type.fieldsArray
    .filter(({ partOf }) => !partOf || !hasChoice(partOf))
    .sort((a, b) => a.id - b.id)
    .map((field) => new PlainField(field.resolve(), parts, generated));
  const always = fields.filter((field) => field.isAlwaysThere);
  const sometimes = fields.filter((field) => !field.isAlwaysThere);
  const putMembers = type.oneofsArray.filter(hasChoice).map((oneof) => {
    const put = generated.use(putMember(oneof, parts));
    return `${put}(message[${JSON.stringify(memberSlot(oneof))}], message, plain);`;
  });
  return generated.compile(`(message) => {
    ${always.map(({ name }, index) => `let value${index} = message[${name}];`).join('\n    ')}
    ${always.map((field, index) => field.convertOrDefault(`value${index}`)).join('\n    ')}
    const plain = { ${always.map(({ name }, index) => `${name}: value${index}`).join(', ')} };
    ${sometimes.map(putSent).join('\n    ')}
    ${putMembers.join('\n    ')}
    return plain;
  }`);
}

const putSent = (field: PlainField, index: number): string => `
    let sent${index} = message[${field.name}];
    if (${field.isSent(`sent${index}`)}) {
      ${field.convert(`sent${index}`)}
      plain[${field.name}] = sent${index};
    }`;

type Put = (message: Message, plain: Fields) => void;

/**
 * Makes what puts the member `name` of a oneof, if there is one, into a plain object. protobufjs' `toObject` asks for each that
 * there might be, which a service with a hundred routes would pay for with each call.
 */
function putMember(
  { fieldsArray }: protobuf.OneOf,
  parts: PlainParts,
): (name: string | undefined, message: Message, plain: Fields) => void {
  const members = new Map(fieldsArray.map((field) => [field.name, field.resolve()]));
  const puts = new Map<string, Put>();
  return (name, message, plain) => {
    if (name === undefined) return;
    let put = puts.get(name);
    if (!put) puts.set(name, (put = putOne(members.get(name)!, parts)));
    put(message, plain);
  };
}

function putOne(member: protobuf.Field, parts: PlainParts): Put {
  const generated = new GeneratedCode();
  const field = new PlainField(member, parts, generated);
  return generated.compile(`(message, plain) => {
    let value = message[${field.name}];
    ${field.convert('value')}
    plain[${field.name}] = value;
  }`);
}

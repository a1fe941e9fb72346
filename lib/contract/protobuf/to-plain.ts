import type protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';
import { isLarge } from './choice.js';
import { GeneratedCode } from './generated-code.js';
import { memberSlot, type Message } from './message-class.js';
import { PlainField, type PlainParts } from './plain-field.js';

/** Makes the code that makes a plain object of what protobufjs' decoder of `type` has made. */
export function toPlain(type: protobuf.Type, parts: PlainParts): (message: Message) => Fields {
  const generated = new GeneratedCode();
  const fields = type.fieldsArray
    .filter(({ partOf }) => !partOf || !isLarge(partOf))
    .sort((a, b) => a.id - b.id)
    .map((field) => new PlainField(field.resolve(), parts, generated));
  const always = fields.filter((field) => field.isAlwaysThere);
  const sometimes = fields.filter((field) => !field.isAlwaysThere);
  const large = type.oneofsArray.filter(isLarge);
  return generated.compile(`(message) => {
    ${always.map(({ name }, index) => `let value${index} = message[${name}];`).join('\n    ')}
    ${always.map((field, index) => field.convertOrDefault(`value${index}`)).join('\n    ')}
    const plain = { ${always.map(({ name }, index) => `${name}: value${index}`).join(', ')} };
    ${sometimes.map(putSent).join('\n    ')}
    ${large.map((oneof, index) => putMember(oneof, index, parts, generated)).join('\n    ')}
    return plain;
  }`);
}

const putSent = (field: PlainField, index: number): string => `
    let sent${index} = message[${field.name}];
    if (${field.isSent(`sent${index}`)}) {
      ${field.convert(`sent${index}`)}
      plain[${field.name}] = sent${index};
    }`;

/** Puts the member that a oneof has, by code that is made when the first of them comes. */
function putMember(oneof: protobuf.OneOf, index: number, parts: PlainParts, generated: GeneratedCode): string {
  const members = new Map(oneof.fieldsArray.map((field) => [field.name, field.resolve()]));
  const puts = new Map<string, Put>();
  const make = (name: string): Put => {
    const put = putOf(members.get(name)!, parts);
    puts.set(name, put);
    return put;
  };
  const name = `name${index}`;
  const put = `(${generated.use(puts)}.get(${name}) ?? ${generated.use(make)}(${name}))`;
  return `
    const ${name} = message[${JSON.stringify(memberSlot(oneof))}];
    if (${name} !== undefined) ${put}(message, plain);`;
}

type Put = (message: Message, plain: Fields) => void;

function putOf(member: protobuf.Field, parts: PlainParts): Put {
  const generated = new GeneratedCode();
  const field = new PlainField(member, parts, generated);
  return generated.compile(`(message, plain) => {
    let value = message[${field.name}];
    ${field.convert('value')}
    plain[${field.name}] = value;
  }`);
}

import { InvalidContractError } from '../../errors/index.js';
import type { ControlCode } from '../../wire/index.js';
import { CallMessages } from '../envelope/call-message.js';
import type { Fields } from '../envelope/message-format.js';
import type { Side } from '../envelope/side.js';
import { highestId } from './highest-id.js';
import type { PlainOptions } from './plain-options.js';
import { ProtobufFormat } from './protobuf-format.js';
import type { StaticShape } from './static-shape.js';
import { StaticType } from './static-type.js';

/**
 * The messages of a class of a static module.
 *
 * @param id, code The names of the fields that hold them.
 * @param codes Those that are sent.
 * @throws InvalidContractError for fields that cannot hold them, and for messages that each message would have to have.
 */
export function staticSide(
  shape: StaticShape,
  id: string,
  code: string,
  codes: readonly ControlCode[],
  plain: PlainOptions,
): Omit<Side, 'arms'> {
  const { fields, type } = shape;
  const defaults = type.prototype as Fields;
  const blanks: Fields = {};
  for (const value of codes) {
    let mistake: string | null;
    while ((mistake = type.verify({ [id]: 1, [code]: value, ...blanks })) !== null) {
      // A class tells which fields are required by what it says of messages without them.
      const name = mistake.slice(0, mistake.indexOf(':'));
      if (name in blanks || !fields.includes(name) || defaults[name] === null) {
        throw new InvalidContractError(
          `${type.name} cannot have its ${id} and ${code} alone, as a Cancel has: ${mistake}`,
        );
      }
      blanks[name] = defaults[name];
    }
  }
  return {
    format: new ProtobufFormat(new StaticType(type, plain)),
    messages: new CallMessages(id, code, blanks),
    // Of 64 bits the default is an object. Of fewer, it does not tell whether they have a sign.
    maxId: typeof defaults[id] === 'object' ? undefined : highestId('int32'),
    fields,
  };
}

import { InvalidContractError } from '../../errors/index.js';
import { ControlCode } from '../../wire/index.js';
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
 * @throws InvalidContractError for fields that cannot hold them, and for others that each message would have to have.
 */
export function staticSide(shape: StaticShape, id: string, code: string, plain: PlainOptions): Omit<Side, 'arms'> {
  const { fields, type } = shape;
  for (const value of Object.values(ControlCode)) {
    const mistake = type.verify({ [id]: 1, [code]: value });
    if (mistake === null) continue;
    throw new InvalidContractError(
      `${type.name} cannot have its ${id} and ${code} alone, as a Cancel or an End has: ${mistake}`,
    );
  }
  return {
    format: new ProtobufFormat(new StaticType(type, plain)),
    messages: new CallMessages(id, code),
    // Of 64 bits the default is an object. Of fewer, it does not tell whether they have a sign.
    maxId: typeof (type.prototype as Fields)[id] === 'object' ? undefined : highestId('int32'),
    fields,
  };
}

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
 */
export function staticSide(shape: StaticShape, id: string, code: string, plain: PlainOptions): Omit<Side, 'arms'> {
  const { fields, type } = shape;
  return {
    format: new ProtobufFormat(new StaticType(type, plain)),
    messages: new CallMessages(id, code),
    // Of 64 bits the default is an object. Of fewer, it does not tell whether they have a sign.
    maxId: typeof (type.prototype as Fields)[id] === 'object' ? undefined : highestId('int32'),
    fields,
  };
}

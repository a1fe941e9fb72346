import type protobuf from 'protobufjs';

/** A type like `type`, with other fields. Its generators read them from where they are kept, too. */
export function withFields(type: protobuf.Type, fields: readonly protobuf.Field[]): protobuf.Type {
  return Object.create(type, { fieldsArray: { value: fields }, _fieldsArray: { value: fields } }) as protobuf.Type;
}

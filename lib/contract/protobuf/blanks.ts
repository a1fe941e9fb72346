import protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';

/**
 * What every message of `type` has to have, with nothing in it: its `required` fields. Rust's peers write them so in a Cancel
 * or an End.
 *
 * @param but The names of fields that are not wanted.
 */
export function blanksOf(
  type: protobuf.Type,
  but: readonly string[] = [],
  above: readonly protobuf.Type[] = [],
): Fields {
  // There can be no message that requires itself.
  if (above.includes(type)) return {};
  const required = type.fieldsArray.filter((field) => field.required && !but.includes(field.name));
  return Object.fromEntries(required.map((field) => [field.name, blankOf(field.resolve(), [...above, type])]));
}

function blankOf(field: protobuf.Field, above: readonly protobuf.Type[]): unknown {
  if (field.resolvedType instanceof protobuf.Type) return blanksOf(field.resolvedType, [], above);
  return field.bytes ? Buffer.from(field.defaultValue as number[]) : (field.defaultValue as unknown);
}

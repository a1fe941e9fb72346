import protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';
import { compile } from './generated-code.js';
import { decodedClass, type Message } from './message-class.js';
import type { PlainOptions } from './plain-options.js';
import { toPlain } from './to-plain.js';
import { withFields } from './with-fields.js';

/** What reads the messages of a type. protobufjs' decoders call each other by `decode` and `ctor`. */
export interface PlainDecoder {
  /** What protobufjs has compiled for the type. Throws for what is no such message. */
  decode(reader: protobuf.Reader, length: number): Message;

  /** Makes the message of a map's entry that has none. */
  readonly ctor: new () => Message;

  /** Makes a plain object of a message, which is used up. */
  plain(message: Message): Fields;
}

/**
 * Of a number that protobuf keeps to itself. A decoder without any field does not skip unknown groups
 * (https://github.com/protobufjs/protobuf.js/issues/2431).
 */
const NO_FIELD = new protobuf.Field('none', 19_000, 'bool').resolve();

const NOTHING = protobuf.Reader.create(Buffer.alloc(0));

/** As protobufjs' decoders know it, but that they begin with a number where 64 bits are: so the reader has them, too. */
const util = Object.create(protobuf.util, { Long: { value: undefined } }) as typeof protobuf.util;

/**
 * Compiles protobufjs' decoder of `type` for messages of a class of our own, and the code that makes plain objects of them.
 * What comes of it is what comes of protobufjs' own two steps, `decode` and `toObject`, but for the order of the fields, and for
 * a map's entry without its message: that is refused if the message has `required` fields, as the specification has it.
 */
export function plainDecoder(
  type: protobuf.Type,
  options: PlainOptions,
  known = new Map<protobuf.Type, PlainDecoder>(),
): PlainDecoder {
  const existing = known.get(type);
  if (existing) return existing;
  const decoder = {} as { -readonly [Key in keyof PlainDecoder]: PlainDecoder[Key] };
  // Before its fields: messages may nest themselves.
  known.set(type, decoder);
  const decoderOf = (nested: protobuf.Type): PlainDecoder => plainDecoder(nested, options, known);
  const types = type.fieldsArray.map((field) => {
    const { resolvedType } = field.resolve();
    return resolvedType instanceof protobuf.Type ? decoderOf(resolvedType) : resolvedType;
  });
  const scope = { Reader: protobuf.Reader, types, util, C: decodedClass(type) };
  const some = types.length > 0 ? type : withFields(type, [NO_FIELD]);
  const decode = compile(protobuf.decoder(some), scope) as PlainDecoder['decode'];
  decoder.decode = decode;
  decoder.ctor = function empty() {
    return decode(NOTHING, 0);
  } as unknown as PlainDecoder['ctor'];
  decoder.plain = toPlain(type, { options, decoderOf });
  return decoder;
}

import protobuf from 'protobufjs';

import type { Fields } from '../envelope/message-format.js';
import { DecodedField } from './decoded-field.js';
import { GeneratedCode } from './generated-code.js';
import type { PlainOptions } from './plain-options.js';
import { outOfRange } from './primitives.js';

/** What reads the messages of a type. */
export interface PlainDecoder {
  /**
   * Reads up to `end`, or, if there is to be one, up to `endTag`. Throws for what is no such message.
   *
   * @param into What came before in the same field: together they are one message.
   */
  decode(reader: protobuf.Reader, end: number, depth: number, into?: Fields | null, endTag?: number): Fields;
}

/**
 * Makes the code that reads messages of `type` as plain objects. What comes of it is what comes of protobufjs' own two
 * steps, `decode` and `toObject`, but for the order of the fields, and for a map's entry without its message: that is an empty
 * one, which is refused if it has `required` fields, as the specification has it. Nothing is made on the way; and theirs go
 * through all the members of a oneof that are not there, which a service with a hundred routes would pay for with each call.
 */
export function plainDecoder(
  type: protobuf.Type,
  options: PlainOptions,
  known = new Map<protobuf.Type, PlainDecoder>(),
): PlainDecoder {
  const existing = known.get(type);
  if (existing) return existing;
  const decoder = {} as PlainDecoder;
  // Before its fields: messages may nest themselves.
  known.set(type, decoder);
  const generated = new GeneratedCode();
  const parts = { options, generated, decoderOf: (nested: protobuf.Type) => plainDecoder(nested, options, known) };
  const fields = type.fieldsArray.map((field) => new DecodedField(field.resolve(), parts));
  decoder.decode = generated.compile(codeOf(type, fields, generated));
  return decoder;
}

function codeOf(type: protobuf.Type, fields: readonly DecodedField[], generated: GeneratedCode): string {
  const inOrder = [...fields].sort((a, b) => a.rank - b.rank || a.id - b.id);
  // A single member has no other to take the place of, as with `optional` of proto3.
  const oneofs = type.oneofsArray.filter(({ oneof }) => oneof.length > 1);
  const members = new Map(oneofs.map((oneof, index) => [oneof, `member${index}`]));
  const required = fields.filter((field) => field.required);
  return `(r, end, depth, into, endTag) => {
    if (depth > ${protobuf.util.recursionLimit}) throw new Error('max depth exceeded');
    const m = into ?? { ${inOrder.flatMap((field) => field.initially).join(', ')} };
    ${[...members].map(([oneof, member]) => `let ${member} = into ? ${generated.use(memberIn(oneof))}(into) : undefined;`).join('\n    ')}
    ${required.map(({ id }) => `let has${id} = into ? true : false;`).join('\n    ')}
    const outOfRange = ${generated.use(outOfRange)};
    const outer = r.len;
    let isWhole = endTag === undefined;
    r.len = end;
    while (r.pos < end) {
      // Most tags are a byte.
      let tag = r.buf[r.pos];
      if (tag < 0x80) r.pos++;
      else tag = r.tag();
      if (tag === endTag) {
        isWhole = true;
        break;
      }
      switch (tag) {${fields.map((field) => field.cases(field.oneof ? members.get(field.oneof) : undefined)).join('')}
        default:
          r.skipType(tag & 7, depth, tag >>> 3);
      }
    }
    if (!isWhole || (endTag === undefined && r.pos !== end)) throw outOfRange();
    ${required.map(({ id, name }) => `if (!has${id}) throw new Error(${JSON.stringify(`${name} is missing`)});`).join('\n    ')}
    r.len = outer;
    return m;
  }`;
}

/**
 * Finds the name of the member of `oneof` that a message has. It looks at what the message has, and not for each member: a
 * peer may send the same field again and again, and each time in two bytes.
 */
function memberIn({ oneof }: protobuf.OneOf): (message: Fields) => string | undefined {
  const names = new Set(oneof);
  return (message) => {
    for (const name in message) if (names.has(name)) return name;
    return undefined;
  };
}

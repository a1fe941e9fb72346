import type protobuf from 'protobufjs';

import { isLarge } from './choice.js';
import type { PlainEncoder } from './plain-encoder.js';
import { isPlain } from './plain-object.js';

/** Some of the fields of a message, and what encodes them. */
interface Part {
  readonly encoder: PlainEncoder;
  readonly message: unknown;
}

/**
 * Encodes messages part by part: what is around large oneofs, and of these the member that a message has, by an encoder that is
 * made when the first of them comes. One for all members asks a message for each: a service with a thousand routes would pay
 * 6 us for that with each call.
 *
 * @param fields In the order in which they are written.
 * @param encoderFor Compiles an encoder for some of them.
 */
export function narrowedEncoder(
  fields: readonly protobuf.Field[],
  encoderFor: (fields: readonly protobuf.Field[]) => PlainEncoder,
): PlainEncoder {
  const encodersOf = runsOf(fields).map((run) => encoderOf(run, encoderFor));
  return {
    message: (source, depth): Part[] =>
      encodersOf.map((find) => {
        const encoder = find(source);
        return { encoder, message: encoder.message(source, depth) };
      }),
    encode(parts, writer, depth) {
      for (const { encoder, message } of parts as Part[]) encoder.encode(message, writer, depth);
      return writer;
    },
  };
}

/** Members of the same large oneof that follow each other, and others that do. */
export function runsOf(fields: readonly protobuf.Field[]): readonly (readonly protobuf.Field[])[] {
  const runs: protobuf.Field[][] = [];
  for (const field of fields) {
    const last = runs.at(-1);
    if (last && largeOneof(last[0]!) === largeOneof(field)) last.push(field);
    else runs.push([field]);
  }
  return runs;
}

const largeOneof = ({ partOf }: protobuf.Field): protobuf.OneOf | undefined =>
  partOf && isLarge(partOf) ? partOf : undefined;

/** What finds the encoder for what a message has of the fields of `run`. */
function encoderOf(
  run: readonly protobuf.Field[],
  encoderFor: (fields: readonly protobuf.Field[]) => PlainEncoder,
): (source: unknown) => PlainEncoder {
  const oneof = largeOneof(run[0]!);
  if (!oneof) {
    const encoder = encoderFor(run);
    return () => encoder;
  }
  // Not of the run alone: of a message whose member stands elsewhere all of them would have to be asked for.
  const find = membersIn(oneof.fieldsArray);
  const encoders = new Map<readonly protobuf.Field[], PlainEncoder>();
  return (source) => {
    const members = find(source);
    let encoder = encoders.get(members);
    if (!encoder) {
      const here = run.filter((field) => members.includes(field));
      encoders.set(members, (encoder = here.length > 0 ? encoderFor(here) : NOTHING));
    }
    return encoder;
  };
}

const NOTHING: PlainEncoder = { message: () => undefined, encode: (_, writer) => writer };

/** Finds those of `members` that a message may have: one, of which the array is always the same, or all of them. */
export function membersIn<Member extends { readonly name: string }>(
  members: readonly Member[],
): (source: unknown) => readonly Member[] {
  const alone = new Map(members.map((member) => [member.name, [member]]));
  return (source) => {
    // What others have need not be among their keys: that of a class may be a getter.
    if (typeof source !== 'object' || source === null || !isPlain(source)) return members;
    let found: readonly Member[] | undefined;
    for (const name in source) {
      const member = alone.get(name);
      if (member === undefined) continue;
      if (found) return members;
      found = member;
    }
    return found ?? members;
  };
}

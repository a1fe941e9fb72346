import type { EncodedField } from './encoded-field.js';
import { isPlain } from './plain-object.js';

/** So many members of a oneof are asked for one by one, which is faster as long as there are few. */
const FEW = 16;

/** The fields one by one, but for members of a oneof that follow each other, if there are many of them. */
export function runsOf(fields: readonly EncodedField[]): readonly (readonly EncodedField[])[] {
  const runs: EncodedField[][] = [];
  for (const field of fields) {
    const last = runs.at(-1);
    if (last && field.oneof && last[0]!.oneof === field.oneof) last.push(field);
    else runs.push([field]);
  }
  return runs.flatMap((run) => (run.length > FEW ? [run] : run.map((field) => [field])));
}

/**
 * Finds the ids of those of `members` that a message may have. It looks at what the message has, and not for each member: a
 * service with a hundred routes has as many shapes of objects, and V8 would search each of them for what it has not.
 */
export function membersIn(members: readonly EncodedField[]): (source: object) => readonly number[] {
  const all = members.map(({ id }) => id);
  const alone = new Map(members.map(({ id, name }) => [name, [id]]));
  return (source) => {
    // What others have need not be among their keys: that of a class may be a getter.
    if (!isPlain(source)) return all;
    let found: readonly number[] | undefined;
    for (const name in source) {
      const member = alone.get(name);
      if (member === undefined) continue;
      if (found) return all;
      found = member;
    }
    return found ?? all;
  };
}

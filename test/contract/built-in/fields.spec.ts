import { describe, expect, it } from '@jest/globals';

import { EntryTag, StatusTag, Tag } from '../../../lib/contract/built-in/fields.js';
import { Envelope, Status } from '../../support/proto.js';

const WIRE_TYPES: Record<string, number> = { uint64: 0, uint32: 0, bool: 0, string: 2, bytes: 2, Status: 2 };

/** The tags as the .proto has them. */
function tagsOf(type: typeof Envelope): Record<string, number> {
  return Object.fromEntries(
    type.fieldsArray.map(({ id, map, name, type: fieldType }) => [
      name,
      (id << 3) | (map ? 2 : WIRE_TYPES[fieldType]!),
    ]),
  );
}

describe('fields.ts', () => {
  it('has the tags of the .proto, all of them', () => {
    const { timeout, ...rest } = Tag;
    expect(tagsOf(Envelope)).toEqual({ ...rest, timeout_ms: timeout });
    expect(tagsOf(Status)).toEqual(StatusTag);
  });

  it('has the tags that protobuf gives the entries of a map', () => {
    expect(EntryTag).toEqual({ key: (1 << 3) | 2, value: (2 << 3) | 2 });
  });

  it('has tags of one byte, which is how they are written', () => {
    for (const tag of [...Object.values(Tag), ...Object.values(StatusTag)]) expect(tag).toBeLessThan(0x80);
  });
});

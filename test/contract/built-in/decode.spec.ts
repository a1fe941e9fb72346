import { describe, expect, it } from '@jest/globals';

import { builtInCodec, type Message } from '../../../lib/contract/index.js';
import { ProtocolViolationError, UnreadablePayloadError } from '../../../lib/errors/index.js';
import { ControlCode } from '../../../lib/wire/index.js';
import { meaningOf } from '../../support/messages.js';

const codec = builtInCodec();

/** What the fields in `body` make, behind a prefix. */
function read(...body: (number | string)[]): Message {
  const bytes = Buffer.concat(body.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));
  const frame = Buffer.concat([Buffer.of(bytes.length), bytes]);
  return codec.decode(frame, 0, frame.length);
}

const ID = [0x08, 7];

describe('decodeEnvelope', () => {
  it.each<[string, number[]]>([
    ['a varint', [0x78, 0xff, 0x01]],
    ['64 bits', [0x79, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['bytes', [0x7a, 2, 1, 2]],
    ['32 bits', [0x7d, 1, 2, 3, 4]],
    ['a field with a high number', [0xf8, 0xff, 0xff, 0xff, 0x0f, 1]],
    ['a known number with another type', [0x0d, 1, 2, 3, 4]],
  ])('skips what it does not know: %s', (_, field) => {
    const expected = { id: 7, code: ControlCode.Normal, route: 'r' };
    expect(meaningOf(read(...ID, ...field, 0x1a, 1, 'r'))).toEqual(expected);
    expect(meaningOf(read(...field, 0x1a, 1, 'r', ...ID))).toEqual(expected);
  });

  it('skips what it does not know within metadata and status', () => {
    const entry = [0x78, 1, 0x0a, 1, 'k', 0x12, 1, 'v', 0x7a, 1, 0];
    const status = [0x7d, 1, 2, 3, 4, 0x0a, 1, 'C', 0x12, 1, 'm', 0x78, 1];
    expect(meaningOf(read(0x42, entry.length, ...entry, 0x4a, status.length, ...status))).toEqual({
      id: 0,
      code: ControlCode.Normal,
      metadata: { k: 'v' },
      status: { code: 'C', message: 'm', details: undefined },
    });
  });

  it.each<[string, (number | string)[]]>([
    ['a group', [0x7b]],
    ['the end of a group', [0x7c]],
    ['the wire type 6', [0x7e]],
    ['the wire type 7', [0x7f]],
    ['a tag that is cut off', [0x80]],
    ['a varint that is cut off', [0x08, 0x80]],
    ['a varint that is too long', [0x08, ...Array<number>(10).fill(0xff), 1]],
    ['64 bits that are cut off', [0x79, 1, 2, 3]],
    ['32 bits that are cut off', [0x7d, 1, 2, 3]],
    ['a string beyond the frame', [0x1a, 2, 'a']],
    ['bytes beyond the frame', [0x52, 2, 'a']],
    ['a payload beyond the frame', [0x22, 2, '1']],
    ['unknown bytes beyond the frame', [0x7a, 2, 'a']],
    ['metadata beyond the frame', [0x42, 2, 0x0a]],
    ['status beyond the frame', [0x4a, 2, 0x0a]],
    ['a key beyond its entry', [0x42, 3, 0x0a, 5, 'k', ...ID, ...ID]],
    ['details beyond their status', [0x4a, 3, 0x1a, 5, '1', ...ID, ...ID]],
    ['an unknown field beyond its entry', [0x42, 2, 0x7d, 1, 2, 3, 4]],
    ['a varint beyond its status', [0x4a, 2, 0x78, 0x80, 1]],
    ['a length near 2^64', [0x1a, ...Array<number>(9).fill(0xff), 1]],
  ])('takes for a violation: %s', (_, body) => {
    expect(() => read(...ID, ...body)).toThrow(ProtocolViolationError);
  });

  it.each([
    [0, ControlCode.Normal],
    [1, ControlCode.Cancel],
    [2, ControlCode.End],
    [3, ControlCode.Cancel],
    [127, ControlCode.Cancel],
  ])('reads the code %d as %d', (onWire, code) => {
    expect(read(...ID, 0x10, onWire).code).toBe(code);
  });

  it('takes the last of a field that comes twice, and all metadata', () => {
    const message = read(...ID, 0x08, 8, 0x1a, 1, 'a', 0x1a, 1, 'b', 0x42, 3, 0x0a, 1, 'x', 0x42, 3, 0x0a, 1, 'y');
    expect(meaningOf(message)).toEqual({ id: 8, code: ControlCode.Normal, route: 'b', metadata: { x: '', y: '' } });
  });

  it.each([
    ['not JSON', '{"a":'],
    ['empty', ''],
    ['a byte order mark', '\ufeff1'],
  ])('keeps all but a payload that cannot be read: %s', (_, payload) => {
    const bytes = Buffer.from(payload);
    const message = read(...ID, 0x22, bytes.length, payload, 0x1a, 1, 'r');
    expect(message.unreadable).toBeInstanceOf(UnreadablePayloadError);
    expect(message).toMatchObject({ id: 7, route: 'r' });
    expect(message.body).toBeUndefined();
  });

  it('does not quote a payload that cannot be read: it has no business in logs', () => {
    expect(read(0x22, 6, 'secret').unreadable?.message).not.toContain('secret');
  });

  it('leaves out details that cannot be read, and keeps code and message', () => {
    expect(read(0x4a, 8, 0x0a, 1, 'C', 0x1a, 3, '{{{').status).toEqual({ code: 'C', message: '', details: undefined });
  });

  it('takes what a payload serializer throws for an unreadable payload, whatever it is', () => {
    const failing = builtInCodec({
      serialize: () => '',
      deserialize: () => {
        throw new TypeError('of the serializer');
      },
    });
    const message = failing.decode(Buffer.of(4, ...ID, 0x22, 0), 0, 5);
    expect(message.unreadable).toBeInstanceOf(UnreadablePayloadError);
    expect(message.id).toBe(7);
  });

  it('reads bytes that are no UTF-8 as text with replacement characters', () => {
    expect(read(0x1a, 2, 0xc3, 0x28).route).toBe('\ufffd(');
  });

  it('is not overwhelmed by JSON that is nested as deep as a frame can be', () => {
    const depth = 2 * 1024 * 1024;
    const json = Buffer.from('['.repeat(depth) + ']'.repeat(depth));
    const frame = Buffer.concat([Buffer.of(0x85, 0x80, 0x80, 0x02), Buffer.of(0x22, 0x80, 0x80, 0x80, 0x02), json]);
    const message = codec.decode(frame, 0, frame.length);
    expect(message.body !== undefined || message.unreadable !== undefined).toBe(true);
  });
});

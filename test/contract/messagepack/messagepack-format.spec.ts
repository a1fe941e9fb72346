import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anything } from '../../../lib/contract/messagepack/anything.js';
import { list, mapOf, optional } from '../../../lib/contract/messagepack/collections.js';
import { f64, i32, u64, u8 } from '../../../lib/contract/messagepack/numbers.js';
import { bool, bytes, string, unit } from '../../../lib/contract/messagepack/scalars.js';
import { struct } from '../../../lib/contract/messagepack/struct.js';
import { variants } from '../../../lib/contract/messagepack/variants.js';
import { NotSerializableError, ProtocolViolationError } from '../../../lib/errors/index.js';
import { formatOf, framed, frameOf, hex, jsonValue, mapKey } from '../../support/messagepack.js';
import { messageId } from '../../support/messages.js';

/** Something of every kind. */
const Everything = struct({
  id: u64,
  code: u8,
  flag: bool,
  numbers: list(i32),
  ratio: f64,
  data: bytes,
  labels: mapOf(string),
  command: optional(variants({ Put: struct({ key: string, value: anything }), Flush: unit })),
});

const text = fc.string({ unit: 'binary' });
const message = fc.record({
  id: messageId,
  code: fc.constant(0),
  flag: fc.boolean(),
  numbers: fc.array(fc.integer()),
  // -0 is written as 0.
  ratio: fc.double().map((value) => (value === 0 ? 0 : value)),
  data: fc.uint8Array().map((array) => Buffer.from(array)),
  labels: fc.dictionary(mapKey, text, { noNullPrototype: true }),
  command: fc.option(
    fc.oneof(
      fc.constant('Flush'),
      fc.record({ key: text, value: jsonValue }).map((put) => ({ Put: put })),
    ),
  ),
});

const formats = [formatOf(Everything), formatOf(Everything, { structsAsMaps: true })];

/** Reads a frame, of which it knows no more than that it is one. */
function readOrViolation(frame: Buffer): unknown {
  try {
    return formats[0]!.read(frame, 0, frame.length);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolViolationError);
    return undefined;
  }
}

describe('MessagePackFormat', () => {
  it.each([
    ['arrays', 0],
    ['maps', 1],
  ])('messages come back from structs that are %s', (_, index) => {
    fc.assert(
      fc.property(message, fc.nat(9), fc.nat(9), (fields, before, after) => {
        const frame = frameOf(formats[index]!, fields);
        const bytes = Buffer.concat([Buffer.alloc(before, 0xce), frame, Buffer.alloc(after, 0xce)]);
        expect(formats[0]!.read(bytes, before, before + frame.length)).toEqual(fields);
      }),
      { numRuns: 500 },
    );
  });

  it('any bytes are a message or a violation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        readOrViolation(framed(Buffer.from(body)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('so are messages in which bytes were changed, put in or left out', () => {
    const change = fc.record({
      at: fc.nat(),
      skip: fc.nat(3),
      instead: fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.constantFrom(hex('ddffffffff'), hex('dfffffffff'))),
    });
    fc.assert(
      fc.property(message, fc.nat(1), fc.array(change, { minLength: 1, maxLength: 4 }), (fields, index, changes) => {
        let body = Buffer.from(frameOf(formats[index]!, fields).subarray(5));
        for (const { at, instead, skip } of changes) {
          const start = at % (body.length + 1);
          body = Buffer.concat([body.subarray(0, start), instead, body.subarray(start + skip)]);
        }
        readOrViolation(framed(body));
      }),
      { numRuns: 5_000 },
    );
  });

  it('and so are messages that are cut off', () => {
    fc.assert(
      fc.property(message, fc.nat(), (fields, cut) => {
        const frame = frameOf(formats[0]!, fields);
        const body = frame.subarray(5, 5 + (cut % (frame.length - 5)));
        expect(readOrViolation(framed(body))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('fails to write whatever a getter throws', () => {
    const fields = {
      ...Everything.blank(),
      get labels() {
        throw Object.create(null);
      },
    };
    expect(() => frameOf(formats[0]!, fields)).toThrow(NotSerializableError);
  });

  it('takes nothing behind the message for a part of it', () => {
    const frame = frameOf(formats[0]!, Everything.blank());
    const longer = framed(Buffer.concat([frame.subarray(5), hex('c0')]));
    expect(() => formats[0]!.read(longer, 0, longer.length)).toThrow('with bytes after its message');
    // Nor what belongs to the next frame.
    expect(() => formats[0]!.read(longer, 0, longer.length - 2)).toThrow(ProtocolViolationError);
    expect(() => formats[0]!.read(framed(hex('')), 0, 5)).toThrow(ProtocolViolationError);
  });

  it.each([
    ['where a list is', '98 00 00 c2', 'ddffffffff'],
    ['where a map is', '98 00 00 c2 90 cb0000000000000000 c400', 'dfffffffff'],
    ['in a field that is not known', '81 a17a', 'ddffffffff'],
  ])('refuses bombs %s', (_, before, bomb) => {
    const body = Buffer.concat([hex(before), hex(bomb), Buffer.alloc(70_000, 0x91)]);
    const started = performance.now();
    expect(readOrViolation(framed(body))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(100);
  });

  it('writes every field of a message that is about its call only, and lets no other lack one', () => {
    const frame = frameOf(formats[0]!, { id: 7, code: 1 });
    expect(formats[0]!.read(frame, 0, frame.length)).toEqual({ ...Everything.blank(), id: 7, code: 1 });
    expect(() => frameOf(formats[0]!, { id: 7, code: 0 })).toThrow('message.flag has to be a boolean, and is missing');
  });

  it('fails alone: the next message is written as ever', () => {
    const format = formatOf(struct({ code: u8, value: anything }));
    const good = (): string => frameOf(format, { code: 0, value: [[1]] }).toString('hex');
    const before = good();
    const throwing = {
      toJSON(): never {
        throw new RangeError('no');
      },
    };
    for (const value of [[[Symbol('s')]], [[throwing]], new Map()]) {
      expect(() => frameOf(format, { code: 0, value })).toThrow(NotSerializableError);
      expect(good()).toBe(before);
    }
  });

  it('may write a message while it writes another', () => {
    const format = formatOf(struct({ code: u8, value: anything }));
    const inner = { toJSON: (): string => frameOf(format, { code: 0, value: 'inner' }).toString('hex') };
    const frame = frameOf(format, { code: 0, value: ['a', inner, 'b'] });
    expect(format.read(frame, 0, frame.length).value).toEqual(['a', inner.toJSON(), 'b']);
  });

  it('writes large messages', () => {
    const format = formatOf(struct({ code: u8, value: anything }));
    const value = [Buffer.alloc(300_000, 1), 'x'.repeat(300_000), new Array(70_000).fill(1)];
    for (let times = 0; times < 2; times++) {
      const frame = frameOf(format, { code: 0, value });
      expect(format.read(frame, 0, frame.length).value).toEqual(value);
    }
  });
});

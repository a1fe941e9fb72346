import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { builtInCodec, type Message } from '../../../lib/contract/index.js';
import { MessageTooLargeError, NotSerializableError } from '../../../lib/errors/index.js';
import { ControlCode } from '../../../lib/wire/index.js';
import { frameOf, message } from '../../support/messages.js';
import { RecordingSink } from '../../support/recording-sink.js';

const codec = builtInCodec();
const { Normal } = ControlCode;

const circular: { self?: unknown } = {};
circular.self = circular;

const throwing = (thrown: unknown) => ({
  toJSON() {
    throw thrown;
  },
});

// Not just deep: the newest engines write plain objects without the stack.
const bottomless = { toJSON: (): unknown => ({ deeper: bottomless }) };

const unserialisable: [string, unknown][] = [
  ['a bigint', 1n],
  ['a bigint within', { deep: [1n] }],
  ['a circular object', circular],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['an object whose toJSON answers nothing', { toJSON: () => undefined }],
  ['an object whose toJSON throws', throwing(new Error('no'))],
  ['an object whose toJSON throws null', throwing(null)],
  ['an object whose toJSON throws undefined', throwing(undefined)],
  ['nesting that is too deep for the stack', bottomless],
];

describe('encodeEnvelope', () => {
  it.each(unserialisable)('throws for %s, and asks nothing of the sink', (_, value) => {
    for (const message of [
      { id: 1, code: Normal, body: value },
      { id: 1, code: Normal, status: { code: 'X', message: '', details: value } },
    ]) {
      const sink = new RecordingSink();
      expect(() => codec.encode(message, sink)).toThrow(NotSerializableError);
      expect(sink.reserved).toEqual([]);
      expect(sink.committed).toEqual([]);
    }
  });

  it('writes nothing of a message that is too large', () => {
    const sink = new RecordingSink(100);
    expect(() => codec.encode({ id: 1, code: Normal, body: Buffer.alloc(100) }, sink)).toThrow(MessageTooLargeError);
    expect(sink.committed).toEqual([]);
  });

  it('reserves exactly what it commits, once', () => {
    fc.assert(
      fc.property(message, fc.nat(10), (original, offset) => {
        const sink = new RecordingSink(Infinity, offset);
        codec.encode(original, sink);
        expect(sink.committed.map(({ length }) => length)).toEqual(sink.reserved);
        expect(sink.committed[0]).toEqual(frameOf(codec, original));
      }),
    );
  });

  it.each<[string, Message, number[]]>([
    ['nothing', { id: 0, code: Normal }, [0]],
    ['a request', { id: 1, code: Normal, route: 'r', body: 1 }, [8, 0x08, 1, 0x1a, 1, 0x72, 0x22, 1, 0x31]],
    ['an End', { id: 300, code: ControlCode.End }, [5, 0x08, 0xac, 0x02, 0x10, 2]],
    ['a Cancel', { id: 1, code: ControlCode.Cancel }, [4, 0x08, 1, 0x10, 1]],
    ['bytes', { id: 1, code: Normal, body: Buffer.of(9) }, [5, 0x08, 1, 0x52, 1, 9]],
    ['an empty pattern', { id: 1, code: Normal, route: '' }, [4, 0x08, 1, 0x1a, 0]],
    ['a timeout of 0, which is not none', { id: 1, code: Normal, timeout: 0 }, [4, 0x08, 1, 0x38, 0]],
    ['flags', { id: 1, code: Normal, more: true, event: true, packet: true }, [8, 0x08, 1, 0x28, 1, 0x30, 1, 0x58, 1]],
    ['flags that are not set', { id: 1, code: Normal, more: false, event: false, packet: false }, [2, 0x08, 1]],
    ['metadata', { id: 1, code: Normal, metadata: { a: 'b' } }, [10, 0x08, 1, 0x42, 6, 0x0a, 1, 0x61, 0x12, 1, 0x62]],
  ])('writes %s', (_, message, bytes) => {
    expect([...frameOf(codec, message)]).toEqual(bytes);
  });

  it('puts more patterns into bytes than it remembers', () => {
    const routes = Array.from({ length: 3_000 }, (_, i) => `route ${i % 1_500}`);
    for (const route of routes) {
      const frame = frameOf(codec, { id: 1, code: Normal, route });
      expect(codec.decode(frame, 0, frame.length).route).toBe(route);
    }
  });

  it('writes a lone surrogate as UTF-8 has it, and stays readable', () => {
    const lone = 'a\ud800b';
    const frame = frameOf(codec, { id: 1, code: Normal, route: lone, metadata: { [lone]: lone } });
    expect(codec.decode(frame, 0, frame.length)).toMatchObject({
      route: 'a\ufffdb',
      metadata: { 'a\ufffdb': 'a\ufffdb' },
    });
  });
});

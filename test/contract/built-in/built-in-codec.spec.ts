import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deepStrictEqual } from 'node:assert';

import { EncodedFrame } from '../../../lib/connection/encoded-frame.js';
import { builtInCodec, type Message } from '../../../lib/contract/index.js';
import { ProtocolViolationError } from '../../../lib/errors/index.js';
import { ControlCode, Found, FrameDecoder } from '../../../lib/wire/index.js';
import { frameOf, meaningOf, message } from '../../support/messages.js';

const codec = builtInCodec();

const decoded = (frame: Buffer): Message => codec.decode(frame, 0, frame.length);

describe('builtInCodec', () => {
  it('gives every message back', () => {
    fc.assert(
      fc.property(message, (original) => {
        // Not `toEqual`, which does not see a `__proto__` that is a key like any other.
        deepStrictEqual(meaningOf(decoded(frameOf(codec, original))), meaningOf(original));
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives it back from wherever it lies in its buffer', () => {
    fc.assert(
      fc.property(message, fc.nat(20), fc.nat(20), (original, before, behind) => {
        const frame = frameOf(codec, original);
        const around = Buffer.concat([Buffer.alloc(before, 0xff), frame, Buffer.alloc(behind, 0xff)]);
        deepStrictEqual(meaningOf(codec.decode(around, before, before + frame.length)), meaningOf(original));
      }),
    );
  });

  it('measures every frame as long as it is', () => {
    fc.assert(
      fc.property(message, (original) => {
        const frame = frameOf(codec, original);
        expect(codec.measure(frame, 0, frame.length)).toBe(frame.length);
      }),
    );
  });

  it('gives all of them back that were written one after another', () => {
    // What the serializer answers for one value may hold only until the next: details, a body, another message's body.
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (originals) => {
        const sink = new EncodedFrame(4 * 1024 * 1024);
        for (const original of originals) codec.encode(original, sink);
        const decoder = new FrameDecoder(codec.measure, 4 * 1024 * 1024);
        decoder.push(sink.whole);
        const messages: Message[] = [];
        while (decoder.next() === Found.Frame) messages.push(codec.decode(decoder.bytes, decoder.start, decoder.end));
        deepStrictEqual(messages.map(meaningOf), originals.map(meaningOf));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves the prototype of metadata and bodies alone', () => {
    const metadata = JSON.parse('{"__proto__":"polluted"}') as Record<string, string>;
    const body: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
    const message = decoded(frameOf(codec, { id: 1, code: ControlCode.Normal, metadata, body }));
    expect(Object.entries(message.metadata!)).toEqual([['__proto__', 'polluted']]);
    for (const object of [message.metadata!, message.body as object]) {
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('reads the zero-length frame as a message with id 0, as upstream does', () => {
    expect(meaningOf(decoded(Buffer.of(0)))).toEqual({ id: 0, code: ControlCode.Normal });
  });

  it('answers bytes as a view of the frame, without a copy', () => {
    const frame = frameOf(codec, { id: 1, code: ControlCode.Normal, body: Buffer.from('bytes') });
    expect((decoded(frame).body as Buffer).buffer).toBe(frame.buffer);
  });

  it('makes a message or a ProtocolViolationError of whatever bytes come, and nothing else', () => {
    const frames = fc.sample(message, { numRuns: 300, seed: 1 }).map((each) => frameOf(codec, each));
    const change = fc.record({
      at: fc.nat(1_000),
      how: fc.constantFrom('set' as const, 'flip' as const, 'insert' as const, 'remove' as const, 'cut' as const),
      byte: fc.nat(255),
    });
    const input = fc.oneof(
      { weight: 9, arbitrary: fc.tuple(fc.nat(frames.length - 1), fc.array(change, { minLength: 1, maxLength: 3 })) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    );
    let violations = 0;
    let messages = 0;
    fc.assert(
      fc.property(input, (given) => {
        const bytes =
          given instanceof Uint8Array
            ? Buffer.from(given)
            : given[1].reduce(
                (frame, { at, byte, how }) => changed(frame, at % (frame.length + 1), how, byte),
                frames[given[0]]!,
              );
        // The whole as one frame, whatever its prefix says, and as the frames that the prefixes tell.
        const whole = outcomeOf(bytes, 0, bytes.length);
        if (whole) messages++;
        else violations++;
        const decoder = new FrameDecoder(codec.measure, 4 * 1024 * 1024);
        decoder.push(bytes);
        while (decoder.next() === Found.Frame && outcomeOf(decoder.bytes, decoder.start, decoder.end));
      }),
      { numRuns: 100_000 },
    );
    // Else it would have looked at one half of the decoder only.
    expect(Math.min(messages, violations)).toBeGreaterThan(10_000);
  }, 30_000);
});

function changed(frame: Buffer, at: number, how: 'set' | 'flip' | 'insert' | 'remove' | 'cut', byte: number): Buffer {
  if (how === 'cut') return frame.subarray(0, at);
  if (how === 'insert') return Buffer.concat([frame.subarray(0, at), Buffer.of(byte), frame.subarray(at)]);
  if (how === 'remove') return Buffer.concat([frame.subarray(0, at), frame.subarray(at + 1)]);
  const copy = Buffer.from(frame);
  if (at < copy.length) copy[at] = how === 'set' ? byte : copy[at]! ^ (1 << (byte & 7));
  return copy;
}

/** The message that the bytes make, after a look at whether it is one; `undefined` for a violation. Throws all else. */
function outcomeOf(bytes: Buffer, start: number, end: number): Message | undefined {
  let message: Message;
  try {
    message = codec.decode(bytes, start, end);
  } catch (error) {
    if (error instanceof ProtocolViolationError) return undefined;
    throw error;
  }
  // What is a message can be told again, and is then the same; but for a payload that could not be read.
  const { unreadable, ...readable } = message;
  if (!unreadable) {
    deepStrictEqual(asJson(decoded(frameOf(codec, readable))), asJson(readable));
  }
  return message;
}

/** Values as the JSON that they are on the wire: it may say -0, and JavaScript does not write that. */
function asJson(message: Message): unknown {
  const { body, status, ...rest } = meaningOf(message) as unknown as Message;
  return [rest, body instanceof Uint8Array ? body : JSON.stringify(body), JSON.stringify(status)];
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ProtocolViolationError } from '../../lib/errors/index.js';
import {
  Found,
  FrameDecoder,
  measureLengthDelimited,
  type MeasureFrame,
  UNKNOWN_LENGTH,
  varintLength,
  writeVarint,
} from '../../lib/wire/index.js';

const MAX = 4 * 1024 * 1024;

function lengthDelimited(body: Uint8Array): Buffer {
  const prefix = Buffer.alloc(varintLength(body.length));
  writeVarint(prefix, 0, body.length);
  return Buffer.concat([prefix, body]);
}

/** Lines as frames, whose length nobody knows before their end is there. */
const measureLine: MeasureFrame = (bytes, start, end) => {
  const newline = bytes.indexOf(0x0a, start);
  return newline === -1 || newline >= end ? UNKNOWN_LENGTH : newline + 1 - start;
};

const line = (body: Uint8Array): Buffer => Buffer.from([...body.map((byte) => (byte === 0x0a ? 0x0b : byte)), 0x0a]);

/** The frames of `chunks`; what is found is kept as a view, as the decoder hands it out. */
function framesOf(decoder: FrameDecoder, chunks: Iterable<Buffer>): Buffer[] {
  const frames: Buffer[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    while (decoder.next() === Found.Frame) frames.push(decoder.bytes.subarray(decoder.start, decoder.end));
  }
  return frames;
}

/** `bytes` in pieces of the given sizes, over and over; each a buffer of its own, as a socket has it. */
function* chunked(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let offset = 0, i = 0; offset < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield Buffer.from(bytes.subarray(offset, offset + size));
    offset += size;
  }
}

const body = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  // Around the lengths where the prefix or the first room of a partial frame grows.
  { weight: 3, arbitrary: fc.nat(400).map((length) => new Uint8Array(length).fill(length)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(127, 128, 16_383, 16_384, 70_000).map((length) => new Uint8Array(length).fill(3)),
  },
);
const sizes = fc.oneof(
  fc.constant([1]),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
  fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
  fc.constant([Infinity]),
);

/** The last column: how much longer a frame of about 200 bytes is than its body. */
const framings: [string, MeasureFrame, (body: Uint8Array) => Buffer, number][] = [
  ['length-delimited frames', measureLengthDelimited, lengthDelimited, 2],
  ['lines', measureLine, line, 1],
];

describe('FrameDecoder', () => {
  it.each(framings)('cuts %s the same, whatever chunks they come in', (_, measure, frameOf) => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 20 }), sizes, (bodies, pieces) => {
        const frames = bodies.map(frameOf);
        const decoder = new FrameDecoder(measure, MAX);
        // Compared when all is read, so that a view which was written over meanwhile would differ.
        const found = framesOf(decoder, chunked(Buffer.concat(frames), pieces));
        expect(found.length).toBe(frames.length);
        expect(found.every((frame, i) => frame.equals(frames[i]!))).toBe(true);
        expect(decoder.hasPartial).toBe(false);
        expect(decoder.violation).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('says where a frame lies in its chunk, without a copy', () => {
    const chunk = Buffer.from([1, 7, 2, 8, 9, 3, 1]);
    const decoder = new FrameDecoder(measureLengthDelimited, MAX);
    decoder.push(chunk);
    expect([decoder.next(), decoder.bytes === chunk, decoder.start, decoder.end]).toEqual([Found.Frame, true, 0, 2]);
    expect([decoder.next(), decoder.bytes === chunk, decoder.start, decoder.end]).toEqual([Found.Frame, true, 2, 5]);
    expect(decoder.next()).toBe(Found.NeedMore);
    expect(decoder.hasPartial).toBe(true);
  });

  it('finds zero-length frames', () => {
    const decoder = new FrameDecoder(measureLengthDelimited, MAX);
    expect(framesOf(decoder, [Buffer.of(0, 0), Buffer.of(0)])).toEqual([Buffer.of(0), Buffer.of(0), Buffer.of(0)]);
  });

  it('has no use for an empty chunk', () => {
    const decoder = new FrameDecoder(measureLengthDelimited, MAX);
    expect(framesOf(decoder, [Buffer.alloc(0), Buffer.of(1), Buffer.alloc(0), Buffer.of(5)])).toEqual([
      Buffer.of(1, 5),
    ]);
  });

  describe('limits the length', () => {
    const limit = 200;

    it.each(framings)('of %s: the limit passes in any chunks, one more does not', (_, measure, frameOf, overhead) => {
      const exact = frameOf(new Uint8Array(limit - overhead).fill(1));
      const longer = frameOf(new Uint8Array(limit - overhead + 1).fill(1));
      expect([exact.length, longer.length]).toEqual([limit, limit + 1]);
      fc.assert(
        fc.property(sizes, fc.array(body, { maxLength: 2 }), (pieces, others) => {
          const before = others.map(frameOf).filter(({ length }) => length <= limit);
          const decoder = new FrameDecoder(measure, limit);
          const passing = [...before, exact, ...before];
          expect(framesOf(decoder, chunked(Buffer.concat(passing), pieces))).toEqual(passing);
          expect(decoder.violation).toBeUndefined();
          const strict = new FrameDecoder(measure, limit);
          expect(framesOf(strict, chunked(Buffer.concat([...before, longer, exact]), pieces))).toEqual(before);
          expect(strict.violation).toBeInstanceOf(ProtocolViolationError);
        }),
      );
    });

    it('as soon as it is announced', () => {
      const decoder = new FrameDecoder(measureLengthDelimited, limit);
      // 2 bytes of prefix and 199 of body.
      decoder.push(Buffer.of(0xc7));
      expect(decoder.next()).toBe(Found.NeedMore);
      decoder.push(Buffer.of(0x01));
      expect(decoder.next()).toBe(Found.Violation);
      expect(decoder.violation?.message).toContain('200');
    });

    it.each<[string, number[]]>([
      ['a prefix of 2^64-1', [...Array<number>(9).fill(0xff), 1]],
      ['eleven times 0xFF', Array<number>(11).fill(0xff)],
    ])('and has no way on from %s, in one chunk or byte by byte', (_, bytes) => {
      for (const size of [1, 100]) {
        const decoder = new FrameDecoder(measureLengthDelimited, MAX);
        expect(framesOf(decoder, chunked(Buffer.from([...bytes, 1, 7]), [size]))).toEqual([]);
        expect(decoder.violation).toBeInstanceOf(ProtocolViolationError);
        decoder.push(Buffer.of(1, 7));
        expect(decoder.next()).toBe(Found.Violation);
      }
    });

    it('after the frames that came before the violation', () => {
      const decoder = new FrameDecoder(measureLengthDelimited, limit);
      const found = framesOf(decoder, [Buffer.from([1, 7, 0xff, 0xff, 0xff, 0x7f])]);
      expect(found).toEqual([Buffer.of(1, 7)]);
      expect(decoder.violation).toBeDefined();
    });
  });

  it('holds memory for the bytes that came, not for the length that was announced', () => {
    const announced = lengthDelimited(Buffer.alloc(MAX - 4)).subarray(0, 10);
    const decoders = Array.from({ length: 200 }, () => {
      const decoder = new FrameDecoder(measureLengthDelimited, MAX);
      framesOf(decoder, [announced]);
      return decoder;
    });
    const held = decoders.reduce((sum, decoder) => sum + partialRoomOf(decoder), 0);
    expect(decoders.every(({ hasPartial }) => hasPartial)).toBe(true);
    expect(held).toBeLessThanOrEqual(200 * 1024);
  });

  it('never holds more than twice what came, nor copies it more than a few times', () => {
    const frame = lengthDelimited(Buffer.alloc(MAX - 4, 7));
    const decoder = new FrameDecoder(measureLengthDelimited, MAX);
    let came = 0;
    let growths = 0;
    let room = 0;
    const found: Buffer[] = [];
    for (const chunk of chunked(frame, [1_000])) {
      found.push(...framesOf(decoder, [chunk]));
      came += chunk.length;
      if (!decoder.hasPartial) break;
      expect(partialRoomOf(decoder)).toBeLessThanOrEqual(Math.max(2 * came, 256));
      if (partialRoomOf(decoder) !== room) growths++;
      room = partialRoomOf(decoder);
    }
    expect(found).toHaveLength(1);
    expect(found[0]!.equals(frame)).toBe(true);
    expect(growths).toBeLessThan(20);
  });

  it.each([
    ['in one chunk', Infinity],
    ['in several', 1_000],
  ])('lets go of a frame that came %s once it is taken, also if another has begun', (_, size) => {
    const frame = lengthDelimited(Buffer.alloc(100_000));
    const decoder = new FrameDecoder(measureLengthDelimited, MAX);
    expect(framesOf(decoder, chunked(frame, [size]))).toHaveLength(1);
    expect(heldBy(decoder)).toBe(0);
    expect(framesOf(decoder, chunked(Buffer.concat([frame, Buffer.of(2, 7)]), [size]))).toHaveLength(1);
    expect(heldBy(decoder)).toBe(256);
    expect(framesOf(decoder, [Buffer.of(8)])).toEqual([Buffer.of(2, 7, 8)]);
    expect(heldBy(decoder)).toBe(0);
  });
});

/** What the decoder holds is seen nowhere but in its own fields. */
function partialRoomOf(decoder: FrameDecoder): number {
  return (decoder as unknown as { partial: Buffer }).partial.buffer.byteLength;
}

function heldBy(decoder: FrameDecoder): number {
  const buffers = Object.values(decoder).filter((value) => Buffer.isBuffer(value));
  const held = new Set(buffers.map(({ buffer }) => buffer));
  return [...held].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

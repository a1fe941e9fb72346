import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { measureMessagePack, writeFrame } from '../../../lib/contract/messagepack/frame.js';
import { Found, FrameDecoder, NO_FRAME, UNKNOWN_LENGTH } from '../../../lib/wire/index.js';
import { framed, hex } from '../../support/messagepack.js';
import { RecordingSink } from '../../support/recording-sink.js';

const bodies = fc.array(
  fc.uint8Array({ maxLength: 400 }).map((body) => Buffer.from(body)),
  { maxLength: 5 },
);

describe('measureMessagePack', () => {
  it('counts prefix and body, whatever stands around them', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.nat(5), (length, start) => {
        const bytes = Buffer.alloc(20, 0xff);
        bytes[start] = 0xce;
        bytes.writeUInt32BE(length, start + 1);
        expect(measureMessagePack(bytes, start, start + 5)).toBe(5 + length);
        expect(measureMessagePack(bytes, start, bytes.length)).toBe(5 + length);
      }),
    );
  });

  it('does not know before the prefix is whole', () => {
    const bytes = hex('ce 00000001 c0');
    for (let end = 1; end < 5; end++) expect(measureMessagePack(bytes, 0, end)).toBe(UNKNOWN_LENGTH);
    expect(measureMessagePack(bytes, 0, 5)).toBe(6);
  });

  it('finds no frame behind any other tag, also one that stands for a shorter length', () => {
    for (let tag = 0; tag < 0x100; tag++) {
      if (tag === 0xce) continue;
      expect(measureMessagePack(Buffer.from([tag]), 0, 1)).toBe(NO_FRAME);
      expect(measureMessagePack(Buffer.from([tag, 0, 0, 0, 1, 0xc0]), 0, 6)).toBe(NO_FRAME);
    }
  });

  it('cuts frames out of any chunks', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (all, lengths) => {
        const decoder = new FrameDecoder(measureMessagePack, 1_000);
        const stream = Buffer.concat(all.map(framed));
        const found: Buffer[] = [];
        let offset = 0;
        for (let i = 0; offset < stream.length; i++) {
          const end = offset + lengths[i % lengths.length]!;
          decoder.push(stream.subarray(offset, end));
          while (decoder.next() === Found.Frame) {
            found.push(Buffer.from(decoder.bytes.subarray(decoder.start, decoder.end)));
          }
          offset = end;
        }
        expect(found).toEqual(all.map(framed));
        expect(decoder.hasPartial).toBe(false);
      }),
    );
  });

  it('lets no more bytes be announced than are allowed', () => {
    const decoder = new FrameDecoder(measureMessagePack, 1_000);
    decoder.push(hex('ce ffffffff'));
    expect(decoder.next()).toBe(Found.Violation);
  });
});

describe('writeFrame', () => {
  it('writes what is measured and cut out again', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70_000, size: 'max' }).map((body) => Buffer.from(body)),
        fc.nat(9),
        (body, offset) => {
          const sink = new RecordingSink(Infinity, offset);
          writeFrame(body, sink);
          expect(sink.committed).toEqual([framed(body)]);
          expect(measureMessagePack(sink.committed[0]!, 0, body.length + 5)).toBe(body.length + 5);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('leaves a frame that is too long to the sink', () => {
    expect(() => writeFrame(Buffer.alloc(96), new RecordingSink(100))).toThrow('101 bytes are too many');
  });
});

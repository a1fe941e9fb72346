import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { SendBuffer } from '../../lib/connection/send-buffer.js';
import { MessageTooLargeError } from '../../lib/errors/index.js';

/** Writes a frame of `length` bytes, all of them `value`. */
function write(buffer: SendBuffer, length: number, value: number): void {
  const offset = buffer.reserve(length);
  buffer.bytes.fill(value, offset, offset + length);
  buffer.commit(offset + length);
}

describe('SendBuffer', () => {
  it('gives out what was put in, in order, whatever is recycled meanwhile', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ is: fc.constant('write' as const), length: fc.nat(20_000) }) },
      {
        weight: 1,
        arbitrary: fc.record({ is: fc.constant('write' as const), length: fc.integer({ min: 60_000, max: 140_000 }) }),
      },
      { weight: 2, arbitrary: fc.record({ is: fc.constant('append' as const), length: fc.nat(5_000) }) },
      { weight: 1, arbitrary: fc.record({ is: fc.constant('abandon' as const), length: fc.nat(140_000) }) },
      { weight: 3, arbitrary: fc.constantFrom({ is: 'take' as const }, { is: 'recycle' as const }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const buffer = new SendBuffer(200_000);
        const put: Buffer[] = [];
        // Views of the slab that have not left the process: valid until the next recycle.
        const waiting: Buffer[] = [];
        const left: Buffer[] = [];
        const leave = (): void => {
          left.push(...waiting.splice(0).map((bytes) => Buffer.from(bytes)));
        };
        for (const [i, step] of steps.entries()) {
          if (step.is === 'write') {
            write(buffer, step.length, i % 251);
            put.push(Buffer.alloc(step.length, i % 251));
          } else if (step.is === 'append') {
            const bytes = Buffer.alloc(step.length, i % 251);
            buffer.append(bytes);
            put.push(bytes);
          } else if (step.is === 'abandon') {
            const offset = buffer.reserve(step.length);
            buffer.bytes.fill(0xee, offset, offset + step.length);
          } else {
            waiting.push(...buffer.take());
            expect(buffer.pending).toBe(0);
          }
          if (step.is === 'recycle') {
            leave();
            buffer.recycle();
          }
        }
        waiting.push(...buffer.take());
        leave();
        expect(Buffer.concat(left).equals(Buffer.concat(put))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('does not write over what has not been taken, even if it is told to recycle', () => {
    const buffer = new SendBuffer(100);
    write(buffer, 10, 1);
    buffer.recycle();
    write(buffer, 10, 2);
    expect(Buffer.concat(buffer.take())).toEqual(Buffer.concat([Buffer.alloc(10, 1), Buffer.alloc(10, 2)]));
  });

  it('hands out the frames of a tick in one piece', () => {
    const buffer = new SendBuffer(100);
    for (let i = 0; i < 50; i++) write(buffer, 10, i);
    expect(buffer.pending).toBe(500);
    expect(buffer.take()).toHaveLength(1);
    expect(buffer.take()).toEqual([]);
  });

  it('allocates nothing for a peer that keeps up', () => {
    const buffer = new SendBuffer(1_000);
    write(buffer, 1_000, 0);
    const slab = buffer.bytes;
    for (let i = 0; i < 1_000; i++) {
      write(buffer, 1_000, i);
      buffer.take();
      buffer.recycle();
    }
    expect(buffer.bytes).toBe(slab);
  });

  it('does not hold on to the memory of one large message', () => {
    const buffer = new SendBuffer(1_000_000);
    write(buffer, 1_000_000, 1);
    buffer.take();
    buffer.recycle();
    expect(buffer.bytes.length).toBeLessThan(100_000);
  });

  it('allocates nothing for a message that is too large', () => {
    const buffer = new SendBuffer(100);
    expect(() => buffer.reserve(101)).toThrow(MessageTooLargeError);
    expect(buffer.bytes).toHaveLength(0);
    expect(buffer.reserve(100)).toBe(0);
  });

  it('begins small, and grows for a connection that does not keep up', () => {
    const buffer = new SendBuffer(1024 * 1024);
    const slabs = new Set<number>();
    for (let frame = 0; frame < 300; frame++) {
      buffer.commit(buffer.reserve(1_000) + 1_000);
      slabs.add(buffer.bytes.length);
    }
    expect([...slabs]).toEqual([4, 8, 16, 32, 64].map((kibibytes) => kibibytes * 1024));
    expect(Buffer.concat(buffer.take())).toHaveLength(300_000);
  });
});

import { describe, expect, it } from '@jest/globals';

import { EncodedFrame } from '../../lib/connection/encoded-frame.js';
import { MessageTooLargeError } from '../../lib/errors/index.js';

describe('EncodedFrame', () => {
  it('has what was committed, one frame or more', () => {
    const frame = new EncodedFrame(10);
    frame.reserve(10);
    frame.bytes.fill(1);
    frame.commit(3);
    expect(frame.whole).toEqual(Buffer.alloc(3, 1));
    frame.reserve(2);
    frame.bytes.fill(2);
    frame.commit(2);
    frame.reserve(10);
    expect(frame.whole).toEqual(Buffer.of(1, 1, 1, 2, 2));
  });

  it('has each byte once where a codec commits one reservation in parts', () => {
    const frame = new EncodedFrame(10);
    frame.reserve(3);
    frame.bytes.set([1, 2, 3]);
    frame.commit(2);
    frame.commit(3);
    expect(frame.whole).toEqual(Buffer.of(1, 2, 3));
  });

  it('allocates nothing for a message that is too large', () => {
    const frame = new EncodedFrame(10);
    expect(() => frame.reserve(11)).toThrow(MessageTooLargeError);
    expect(frame.bytes).toHaveLength(0);
  });
});

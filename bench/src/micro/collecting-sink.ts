import { SendBuffer } from '../internals.js';

/** Frames as they leave: gathered in a send buffer, which is emptied as a flush would. */
export class CollectingSink {
  readonly buffer = new SendBuffer(4 * 1024 * 1024);

  /** To be called after each frame. */
  written(): void {
    if (this.buffer.pending < 2_048) return;
    this.buffer.take();
    this.buffer.recycle();
  }
}

/** The bytes of what `write` puts into a sink. */
export function bytesOf(write: (buffer: SendBuffer) => void): Buffer {
  const buffer = new SendBuffer(4 * 1024 * 1024);
  write(buffer);
  return Buffer.concat(buffer.take());
}

import { EncodedFrame } from '../../lib/connection/encoded-frame.js';
import { builtInCodec, type Message } from '../../lib/contract/index.js';
import { ResourceExhaustedError } from '../../lib/errors/index.js';
import type { Link } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';

const codec = builtInCodec();

/** `message` without the fields that it does not have, so that tests can compare whole messages. */
function present(message: Message): Message {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined)) as unknown as Message;
}

/**
 * Stands in for a connection: keeps what is sent, or hands it on. Messages pass through the real codec, so that what
 * cannot be put into bytes fails here as it would there.
 */
export class FakeLink implements Link {
  readonly sent: Message[] = [];
  /** As `sent`, of a side that answers, and without what each reply says of its call. */
  get replies(): Message[] {
    return this.sent.map(({ route: _, ...reply }) => reply);
  }

  hasRoom = true;
  flushes = 0;
  /** Whether what is sent leaves at once, or waits for the end of the tick for ever. */
  flushing = true;
  /** As a connection with a full queue: takes nothing but a Cancel or an End. */
  full = false;
  /** Which messages its contract has no bytes for. */
  hasNoBytesFor: (message: Message) => boolean = () => false;
  /** Why it was cut, once it was. */
  destroyedBy: Error | undefined;
  /** Where a message goes when it is sent; by default nowhere. */
  deliver: ((message: Message, length: number) => void) | undefined;

  constructor(private readonly maxLength = 4 * 1024 * 1024) {}

  send(message: Message): number {
    if (message.code === ControlCode.Normal) this.assertTakes();
    return this.leave(this.encode(message));
  }

  encode(message: Message): Buffer {
    if (this.hasNoBytesFor(message)) return Buffer.alloc(0);
    const frame = new EncodedFrame(this.maxLength);
    codec.encode(message, frame);
    return frame.whole;
  }

  sendEncoded(frames: Buffer): number {
    this.assertTakes();
    return this.leave(frames);
  }

  destroy(cause: Error): void {
    this.destroyedBy ??= cause;
  }

  private assertTakes(): void {
    if (this.full) throw new ResourceExhaustedError('The fake link is full');
  }

  private leave(frames: Buffer): number {
    if (frames.length === 0) return 0;
    const message = present(codec.decode(frames, 0, frames.length));
    this.sent.push(message);
    if (this.flushing) this.flushes++;
    this.deliver?.(message, frames.length);
    return frames.length;
  }
}

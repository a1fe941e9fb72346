import type { Socket } from 'node:net';

import type { Calls, Decoder, Message } from '../contract/index.js';
import { ProtocolViolationError, textOf } from '../errors/index.js';
import { Found, FrameDecoder } from '../wire/index.js';
import { FrameTimer } from './frame-timer.js';
import type { ConnectionLimits } from './limits.js';
import { Slice } from './slice.js';

/** Who takes what comes in. */
export interface InboxOwner extends Calls {
  /** A message came in, in a frame of `length` bytes. */
  receive(message: Message, length: number): void;
}

/**
 * What a socket receives: cut into frames, decoded, and handed over, a slice in each turn of the event loop.
 *
 * ```
 *             hold()                   a slice is used up
 *   reading ---------> held    reading -------------------> put off
 *      ^                |         ^                            |
 *      `----------------'         `----------------------------'  the event loop has turned, and nothing is held
 *         release()
 * ```
 */
export class Inbox {
  /** Bytes that came in with the last read. */
  lastRead = 0;
  private readonly frames: FrameDecoder;
  private readonly slice = new Slice(() => this.isPutOff && this.readOn());
  private readonly frameTimer: FrameTimer;
  /** There are messages left of what was read last, which have to wait for their turn. */
  private isPutOff = false;
  private isHeld = false;

  /** @param fail Ends the connection: there is no way on in what comes in. */
  constructor(
    private readonly socket: Socket,
    private readonly decoder: Decoder,
    private readonly owner: InboxOwner,
    { incompleteMessageTimeout, maxBufferSize }: ConnectionLimits,
    private readonly fail: (cause: Error) => void,
  ) {
    this.frames = new FrameDecoder(decoder.measure.bind(decoder), maxBufferSize);
    this.frameTimer = new FrameTimer(incompleteMessageTimeout, () => {
      fail(new ProtocolViolationError(`The peer took over ${incompleteMessageTimeout} ms for one frame`));
    });
  }

  read(chunk: Buffer): void {
    this.lastRead = chunk.length;
    this.frames.push(chunk);
    this.readSlice();
  }

  /** What came before a FIN is taken, turn or no turn: there might be events, which nobody would send again. */
  readRest(): void {
    if (!this.isPutOff) return;
    this.isPutOff = false;
    this.readSlice(true);
  }

  /** Reads nothing for a while. */
  hold(): void {
    this.isHeld = true;
    this.socket.pause();
    // While nothing is read, the peer cannot be blamed for a frame that does not end.
    this.frameTimer.stop();
  }

  /** Reads again. */
  release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    if (this.isPutOff) {
      this.slice.awaitTurn();
      return;
    }
    this.socket.resume();
    this.frameTimer.read(true, this.frames.hasPartial);
  }

  /** The socket is gone. */
  close(): void {
    this.frameTimer.stop();
  }

  private readSlice(isLast = false): void {
    const { decoder, frames, owner, slice } = this;
    let complete = false;
    try {
      for (;;) {
        if (slice.isUsedUp && !isLast) {
          this.putOff();
          return;
        }
        const found = frames.next();
        if (found === Found.NeedMore) break;
        if (found === Found.Violation) throw frames.violation!;
        complete = true;
        slice.take();
        const { bytes, start, end } = frames;
        owner.receive(decoder.decode(bytes, start, end, owner), end - start);
        if (this.socket.destroyed) return;
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new ProtocolViolationError(textOf(error)));
      return;
    }
    // What came in may have had it held: then the timer has been stopped, until it reads again.
    if (!this.isHeld) this.frameTimer.read(complete, frames.hasPartial);
    slice.read();
  }

  /** Leaves the rest of what was read to the next turn of the event loop. */
  private putOff(): void {
    this.isPutOff = true;
    this.frameTimer.stop();
    this.socket.pause();
    this.slice.awaitTurn();
  }

  /** Takes what was put off, unless it is held: then {@link release} comes here again. */
  private readOn(): void {
    if (this.socket.destroyed || this.isHeld) return;
    this.isPutOff = false;
    this.readSlice();
    if (!this.isPutOff && !this.isHeld) this.socket.resume();
  }
}

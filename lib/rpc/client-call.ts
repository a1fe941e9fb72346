import type { Message, Metadata } from '../contract/index.js';
import { CancelledError, ConnectionLostError, errorOf, ResourceExhaustedError } from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { Requester } from './requester.js';
import { Allowance } from './room.js';

/** Who takes what a call brings: items, then exactly one of the two ends. */
export interface ReplyObserver {
  next(body: unknown, packet: boolean): void;
  complete(): void;
  error(error: unknown): void;
  /** The metadata of the reply, before its first item. */
  metadata?(metadata: Metadata): void;
}

/**
 * One call, as its caller sees it.
 *
 * ```
 *          complete, failed(status), cancelled, deadline exceeded, connection lost
 *   open -------------------------------------------------------------------------> settled
 * ```
 * {@link settle} is the only way out of `open`, so a call ends once; what ended it stays distinct in the error's class.
 */
export class ClientCall implements OutgoingStream {
  isOpen = true;
  /** While this side may still send items: how many of them may wait. */
  private allowance: Allowance | undefined;
  /** Ends a wait for room. */
  private wake: (() => void) | undefined;
  /** Called when the call is settled, for a request stream to be given up. */
  onSettled: (() => void) | undefined;

  constructor(
    private readonly requester: Requester,
    readonly id: MessageId,
    readonly route: string,
    private readonly observer: ReplyObserver,
    streaming: boolean,
    streamLimit: number,
  ) {
    if (streaming) this.allowance = new Allowance(requester.room, streamLimit);
  }

  /** Nobody waits for the reply any more: tells the peer to stop, and the observer nothing. */
  cancel(): void {
    if (!this.settle()) return;
    this.requester.sendCancel(this.id);
  }

  /** As {@link cancel}, and fails the call with `error`. */
  abort(error: unknown): void {
    if (!this.settle()) return;
    this.requester.sendCancel(this.id);
    this.observer.error(error);
  }

  /** A message of the peer for this call. */
  receive(message: Message): void {
    if (message.metadata) this.observer.metadata?.(message.metadata);
    // Who takes the metadata may have had enough with it.
    if (!this.isOpen) return;
    if (message.code === ControlCode.Cancel) {
      this.settleWith(new CancelledError('The server cancelled the call'));
    } else if (message.code === ControlCode.End) {
      this.complete();
    } else if (message.status) {
      this.settleWith(errorOf(message.status));
    } else if (message.unreadable) {
      if (message.more) this.abort(message.unreadable);
      else this.settleWith(message.unreadable);
    } else {
      // A last item settles the call first, so that whoever reacts to it by unsubscribing sends no Cancel.
      const last = message.more !== true;
      if (last && !this.settle()) return;
      // The last message may carry nothing but the end. An item of a stream is one even if it is `undefined`.
      if (message.body !== undefined || !last) this.observer.next(message.body, message.packet === true);
      if (last) this.observer.complete();
    }
  }

  lost(cause: Error | undefined): void {
    this.settleWith(new ConnectionLostError('The connection was lost while the call was in flight', cause));
  }

  get hasRoom(): boolean {
    return this.requester.link.hasRoom;
  }

  roomAgain(): Promise<void> {
    return this.requester.room.again((wake) => (this.wake = wake));
  }

  turn(): Promise<void> {
    return this.requester.clock.turn();
  }

  next(body: unknown): void {
    if (!this.isOpen || !this.allowance) return;
    try {
      const bytes = this.requester.link.send({ id: this.id, code: ControlCode.Normal, body, more: true });
      if (!this.hasRoom && !this.allowance.spend(bytes)) {
        this.abort(new ResourceExhaustedError('The request stream outran its peer'));
      }
    } catch (error) {
      this.abort(error);
    }
  }

  end(): void {
    if (!this.isOpen || !this.allowance) return;
    this.allowance = undefined;
    try {
      this.requester.link.send({ id: this.id, code: ControlCode.End });
    } catch (error) {
      this.abort(error);
    }
  }

  fail(error: unknown): void {
    this.abort(error);
  }

  private complete(): void {
    if (this.settle()) this.observer.complete();
  }

  /** Fails the call. The peer, who has ended it or never had it, is told nothing. */
  settleWith(error: unknown): void {
    if (this.settle()) this.observer.error(error);
  }

  private settle(): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    this.wake?.();
    this.requester.retire(this);
    this.onSettled?.();
    return true;
  }
}

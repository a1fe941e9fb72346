import type { Message, Metadata } from '../contract/index.js';
import {
  CancelledError,
  ConnectionLostError,
  errorOf,
  type ProtosocketError,
  ResourceExhaustedError,
  UnavailableError,
} from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { Request, Requester } from './requester.js';
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
 *
 * A call that no handler has begun, or that is idempotent, may be handed back while it is open, and go on over another
 * connection: under another id, as the same call to its caller.
 */
export class ClientCall implements OutgoingStream {
  isOpen = true;
  /** While this side may still send items: how many of them may wait. */
  private allowance: Allowance | undefined;
  /** How often its request was sent. */
  begun = 0;
  /** The flushes of the link before the request was sent. */
  private flushesBefore = 0;
  /** The observer has seen something of the reply. */
  private answered = false;
  /** Was handed back, and waits for a connection. */
  private handedBack = false;
  /** When the caller stops to wait, by the requester's clock. */
  private readonly deadline: number | undefined;
  /** Ends a wait for room. */
  private wake: (() => void) | undefined;
  /** Called when the call is settled, for a request stream to be given up. */
  onSettled: (() => void) | undefined;

  constructor(
    private requester: Requester,
    public id: MessageId,
    readonly request: Request,
    private readonly observer: ReplyObserver,
    streamLimit: number,
  ) {
    const { more, timeout } = request;
    if (more) this.allowance = new Allowance(requester.room, streamLimit);
    this.deadline = timeout === undefined ? undefined : requester.clock.now() + timeout;
  }

  /** Milliseconds that the caller still waits, if it does not wait for ever. */
  get remaining(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - this.requester.clock.now();
  }

  /** The request is about to be sent over the connection of `requester`, as the message `id`. */
  begin(requester: Requester, id: MessageId): void {
    this.requester = requester;
    this.id = id;
    this.begun++;
    this.handedBack = false;
    this.flushesBefore = requester.link.flushes;
  }

  /** Nobody waits for the reply any more: tells the peer to stop, and the observer nothing. */
  cancel(): void {
    if (this.settle()) this.tellPeer();
  }

  /** As {@link cancel}, and fails the call with `error`. */
  abort(error: unknown): void {
    if (!this.settle()) return;
    this.tellPeer();
    this.observer.error(error);
  }

  /** A message of the peer for this call. */
  receive(message: Message): void {
    if (message.metadata) {
      this.answered = true;
      this.observer.metadata?.(message.metadata);
    }
    // Who takes the metadata may have had enough with it.
    if (!this.isOpen) return;
    if (message.code === ControlCode.Cancel) {
      this.settleWith(new CancelledError('The server cancelled the call'));
    } else if (message.code === ControlCode.End) {
      this.complete();
    } else if (message.status) {
      this.failed(errorOf(message.status));
    } else if (message.unreadable) {
      if (message.more) this.abort(message.unreadable);
      else this.settleWith(message.unreadable);
    } else {
      // A last item settles the call first, so that whoever reacts to it by unsubscribing sends no Cancel.
      const last = message.more !== true;
      if (!last) this.answered = true;
      else if (!this.settle()) return;
      // The last message may carry nothing but the end. An item of a stream is one even if it is `undefined`.
      if (message.body !== undefined || !last) this.observer.next(message.body, message.packet === true);
      if (last) this.observer.complete();
    }
  }

  lost(cause: Error | undefined): void {
    const error = new ConnectionLostError('The connection was lost while the call was in flight', cause);
    const isUnsent = this.flushesBefore === this.requester.link.flushes;
    if ((isUnsent || this.requester.isIdempotent(this.request)) && this.handBack(error)) return;
    this.settleWith(error);
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

  private failed(error: unknown): void {
    if (error instanceof UnavailableError && this.handBack(error)) return;
    this.settleWith(error);
  }

  /** Hands the call to who may send it again. Answers whether it was taken. */
  private handBack(error: ProtosocketError): boolean {
    // Nobody is to see the beginning of a reply twice, and the items of a request stream are gone.
    if (!this.isOpen || this.answered || this.request.more) return false;
    this.requester.retire(this);
    this.handedBack = this.requester.onHandedBack?.(this, error) === true;
    return this.handedBack;
  }

  private tellPeer(): void {
    if (!this.handedBack) this.requester.sendCancel(this.id);
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

import type { Message, Metadata } from '../contract/index.js';
import {
  CancelledError,
  ConnectionLostError,
  errorOf,
  type ProtosocketError,
  UnavailableError,
} from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import type { Request, RequestOptions } from './request.js';
import type { Requester } from './requester.js';

/** Who takes what a call brings: items, then exactly one of the two ends. */
export interface ReplyObserver {
  /** Milliseconds that it still waits, told to the peer when the request is sent. Who waits for ever has none. */
  readonly remaining?: number | undefined;
  next(body: unknown, packet: boolean): void;
  complete(): void;
  error(error: unknown): void;
  /** The metadata of the reply, before its first item. */
  metadata?(metadata: Metadata): void;
  /** The call is settled, whoever has settled it. Comes before its last item and its end. */
  settled?(): void;
}

type State = 'in flight' | 'answered' | 'handed back' | 'settled';

/**
 * One call, as its caller sees it.
 *
 * ```
 *                given back               the reply has begun
 *   handed back <----------- in flight ----------------------> answered
 *        |       ----------->    |                                |
 *        |        sent again     |                                |
 *        `-----------------------+--------------------------------'
 *                                |  complete, failed(status), cancelled, deadline exceeded, connection lost
 *                                v
 *                             settled
 * ```
 * {@link settle} is the only way to `settled`, so a call ends once; what ended it stays distinct in the error's class.
 *
 * A call that no handler has begun, or that is idempotent, may be handed back, and go on over another connection: under
 * another id, as the same call to its caller.
 *
 * It is the request as well, and has no field that only some calls need: of thousands in flight, the garbage collector
 * copies each.
 */
export class ClientCall implements Request {
  readonly route: string;
  readonly body: unknown;
  readonly options: RequestOptions;
  private state: State = 'in flight';
  /** How often its request was sent. */
  begun = 0;
  /** The flushes of the link before the request was sent. */
  private flushesBefore = 0;

  constructor(
    protected requester: Requester,
    public id: MessageId,
    { body, options, route }: Request,
    private readonly observer: ReplyObserver,
  ) {
    this.route = route;
    this.body = body;
    this.options = options;
  }

  get isOpen(): boolean {
    return this.state !== 'settled';
  }

  /** Whether the items of a request stream follow. */
  get more(): boolean {
    return false;
  }

  /** Milliseconds that the caller still waits, if it does not wait for ever. */
  get remaining(): number | undefined {
    return this.observer.remaining;
  }

  /** The request is about to be sent over the connection of `requester`, as the message `id`. */
  begin(requester: Requester, id: MessageId): void {
    this.requester = requester;
    this.id = id;
    this.begun++;
    this.state = 'in flight';
    this.flushesBefore = requester.link.flushes;
  }

  /** Nobody waits for the reply any more: tells the peer to stop, and the observer nothing. */
  cancel(): void {
    this.stop();
  }

  /** As {@link cancel}, and fails the call with `error`. */
  abort(error: unknown): void {
    if (this.stop()) this.observer.error(error);
  }

  /** A message of the peer for this call. */
  receive(message: Message): void {
    if (message.metadata) {
      this.state = 'answered';
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
      if (!last) this.state = 'answered';
      else if (!this.settle()) return;
      // The last message may carry nothing but the end. An item of a stream is one even if it is `undefined`.
      if (message.body !== undefined || !last) this.observer.next(message.body, message.packet === true);
      if (last) this.observer.complete();
    }
  }

  lost(cause: Error | undefined): void {
    const error = new ConnectionLostError('The connection was lost while the call was in flight', cause);
    const isUnsent = this.flushesBefore === this.requester.link.flushes;
    if ((isUnsent || this.requester.isIdempotent(this)) && this.handBack(error)) return;
    this.settleWith(error);
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
    if (this.state !== 'in flight' || this.more) return false;
    this.requester.retire(this);
    // Before it is: who takes it may send it again, or settle it, at once.
    this.state = 'handed back';
    if (this.requester.onHandedBack?.(this, error) === true) return true;
    if (this.state === 'handed back') this.state = 'in flight';
    return false;
  }

  /** Settles the call, and tells the peer that has it to stop. */
  private stop(): boolean {
    const isWithPeer = this.state !== 'handed back';
    if (!this.settle()) return false;
    if (isWithPeer) this.requester.sendCancel(this.id);
    return true;
  }

  protected settle(): boolean {
    if (!this.isOpen) return false;
    this.state = 'settled';
    this.requester.retire(this);
    this.observer.settled?.();
    return true;
  }
}

import type { Message, Metadata } from '../contract/index.js';
import { type ProtosocketError, ResourceExhaustedError, type Status, statusOf } from '../errors/index.js';
import { ControlCode } from '../wire/index.js';
import { CallReplies } from './call-replies.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { Responder } from './responder.js';

/**
 * What the handler of a call says, put into messages: a reply, the items and the end of a stream, or a failure.
 *
 * Once the call is over, nothing of it is sent; its last word then tells no more than that the work is over as well.
 */
export abstract class HandlerReplies extends CallReplies implements OutgoingStream {
  /** One reply ends it, whatever the handler answers with. */
  readonly unary: boolean;
  /** Sent with the first message of the reply. */
  replyMetadata: Metadata | undefined;
  /** Ends a wait for room. */
  protected wake: (() => void) | undefined;

  constructor(responder: Responder, message: Message) {
    super(responder, message);
    this.unary = responder.isUnary(this.route);
  }

  /** Whether the handler may still answer. */
  abstract get isOpen(): boolean;

  abstract fail(error: unknown): void;

  /** The work is over, also that of a call that was cut short before. */
  abstract settled(): void;

  /** The handler has said its last word, and it was sent. */
  abstract done(): void;

  /** Stops the handler, and tells the caller why. */
  protected abstract abortAndTell(reason: ProtosocketError): void;

  roomAgain(): Promise<void> {
    return this.responder.room.again((wake) => (this.wake = wake));
  }

  turn(): Promise<void> {
    return this.responder.clock.turn();
  }

  /** The one reply; `undefined` completes the call without an item. */
  reply(body: unknown, packet?: boolean): void {
    if (!this.isOpen) {
      this.settled();
      return;
    }
    this.finish({
      id: this.id,
      route: this.route,
      code: ControlCode.Normal,
      body,
      metadata: this.takeReplyMetadata(),
      packet,
    });
  }

  /** In place of a reply, or of a failure, that cannot be sent: the caller is told why. */
  replyUnsent(reason: ProtosocketError): void {
    if (this.isOpen) this.responder.handler.unsent(this.route, reason);
    this.failWith(statusOf(reason));
  }

  /** An item of a streaming reply. */
  next(body: unknown, packet?: boolean): void {
    if (!this.isOpen) return;
    if (this.unary) {
      this.reply(body, packet);
      return;
    }
    const metadata = this.takeReplyMetadata();
    let bytes: number;
    try {
      bytes = this.send({
        id: this.id,
        route: this.route,
        code: ControlCode.Normal,
        body,
        more: true,
        metadata,
        packet,
      });
    } catch (error) {
      this.nextUnsent(error as ProtosocketError);
      return;
    }
    if (this.mayGoOnAfter(bytes)) return;
    this.abortAndTell(new ResourceExhaustedError('The reply stream outran its caller'));
  }

  /** In place of an item that cannot be sent: the handler is stopped, and the caller told why. */
  nextUnsent(reason: ProtosocketError): void {
    if (!this.isOpen) return;
    this.responder.handler.unsent(this.route, reason);
    this.abortAndTell(reason);
  }

  /** The end of a streaming reply. */
  end(): void {
    if (!this.isOpen) {
      this.settled();
      return;
    }
    if (this.unary) {
      this.reply(undefined);
      return;
    }
    const metadata = this.takeReplyMetadata();
    // A reply of nothing but metadata has no item that could carry it.
    this.finish({ id: this.id, route: this.route, code: metadata ? ControlCode.Normal : ControlCode.End, metadata });
  }

  /** The handler failed: the caller gets `status`. */
  failWith(status: Status): void {
    if (!this.isOpen) {
      this.settled();
      return;
    }
    this.finish({
      id: this.id,
      route: this.route,
      code: ControlCode.Normal,
      status,
      metadata: this.takeReplyMetadata(),
    });
  }

  private takeReplyMetadata(): Metadata | undefined {
    const metadata = this.replyMetadata;
    this.replyMetadata = undefined;
    return metadata;
  }

  /** Sends the last message of the call. One that cannot be sent is replaced by the reason. */
  private finish(message: Message): void {
    try {
      this.send(message);
    } catch (error) {
      this.responder.handler.unsent(this.route, error as ProtosocketError);
      this.trySendFailure(statusOf(error as ProtosocketError));
    }
    this.done();
  }
}

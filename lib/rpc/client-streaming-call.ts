import { ResourceExhaustedError } from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import { ClientCall, type ReplyObserver } from './client-call.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { Request } from './request.js';
import type { Requester } from './requester.js';
import { Allowance } from './room.js';

/** A call whose request is a stream: items follow until {@link end}. */
export class ClientStreamingCall extends ClientCall implements OutgoingStream {
  /** While this side may still send items: how many of them may wait. */
  private allowance: Allowance | undefined;
  /** Ends a wait for room. */
  private wake: (() => void) | undefined;

  /** @param limit bytes that it may have waiting for the peer if it cannot wait itself. */
  constructor(requester: Requester, id: MessageId, request: Request, observer: ReplyObserver, limit: number) {
    super(requester, id, request, observer);
    this.allowance = new Allowance(requester.room, limit);
  }

  override get more(): boolean {
    return true;
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

  protected override settle(): boolean {
    this.wake?.();
    return super.settle();
  }
}

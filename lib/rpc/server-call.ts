import type { Message, Metadata } from '../contract/index.js';
import {
  CancelledError,
  type ProtosocketError,
  ResourceExhaustedError,
  type Status,
  statusOf,
} from '../errors/index.js';
import { ControlCode } from '../wire/index.js';
import { CallReplies } from './call-replies.js';
import { deadlineExceeded } from './deadline.js';
import { IncomingStream } from './incoming-stream.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { Responder } from './responder.js';

/**
 * One call, as its handler sees it.
 *
 * ```
 *            start()              reply, end, failure        its turn in the lane
 *   waiting ---------> running ---------------------> ready ----------------------> over
 *      \                  \                              \                          ^
 *       `------------------`------------------------------`-- Cancel, deadline, ----'
 *                                                             connection lost
 * ```
 * `waiting`: behind others in a serial lane. `ready`: the handler has had its say, and what it said waits for the replies
 * before it. {@link close} is the only way out of `running` and `waiting`, {@link leave} the only way to `over`.
 */
type State = 'waiting' | 'running' | 'ready' | 'over';

export class ServerCall extends CallReplies implements OutgoingStream {
  /** The payload, or nothing for a request stream: see {@link requests}. */
  readonly body: unknown;
  readonly event: boolean;
  /** One reply ends it, whatever the handler answers with. */
  readonly unary: boolean;
  readonly metadata: Metadata | undefined;
  readonly packet: boolean;
  /** The items of a request stream. */
  readonly requests: IncomingStream | undefined;
  /** How long the caller waits. */
  private readonly timeout: number | undefined;
  /** When the caller stops to wait, by the responder's clock. */
  private readonly deadline: number | undefined;

  /**
   * Called once when the handler's part is over: with a reason when it was cut short, and has to be stopped.
   */
  onClosed: ((reason: ProtosocketError | undefined) => void) | undefined;

  private state: State = 'waiting';
  private abortController: AbortController | undefined;
  private abortReason: ProtosocketError | undefined;
  private stopTimer: (() => void) | undefined;
  /** It was cut short while its handler was at work, which it still is. */
  private abandoned = false;
  /** Ends a wait for room. */
  private wake: (() => void) | undefined;

  /** @param refusal The error that answers it, in place of a handler. */
  constructor(
    responder: Responder,
    message: Message,
    private readonly refusal?: ProtosocketError,
  ) {
    super(responder, message);
    this.body = message.body;
    this.event = message.event === true;
    this.unary = responder.isUnary(this.route);
    this.metadata = message.metadata;
    this.packet = message.packet === true;
    this.requests = message.more ? new IncomingStream(responder.streamLimit) : undefined;
    this.timeout = message.timeout;
    this.deadline = message.timeout === undefined ? undefined : responder.clock.now() + message.timeout;
  }

  /** Milliseconds until the caller stops to wait, if it ever does; below 0 once it has. */
  get remaining(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - this.responder.clock.now();
  }

  /** Whether the handler may still answer. */
  get isOpen(): boolean {
    return this.state === 'running';
  }

  /** Aborted when the caller cancels, when its deadline passes, or when the connection is lost. */
  get signal(): AbortSignal {
    this.abortController ??= new AbortController();
    if (this.abortReason) this.abortController.abort(this.abortReason);
    return this.abortController.signal;
  }

  start(): void {
    if (this.state !== 'waiting') return;
    if (this.responder.lostReason && !this.event) {
      this.drop(this.responder.lostReason);
      return;
    }
    this.state = 'running';
    if (this.refusal) this.failWith(statusOf(this.refusal));
    else if (this.isWanted()) this.responder.handler.handle(this);
    else this.settled();
  }

  /**
   * Whether there is a reason to begin the work. A call whose time is over ends here, although its timer has not run yet:
   * it may have waited behind others that did not let the event loop turn.
   */
  isWanted(): boolean {
    if (this.isOpen && this.deadline !== undefined && this.deadline <= this.responder.clock.now()) {
      this.abortAndTell(deadlineExceeded(this.timeout!));
    }
    return this.isOpen;
  }

  /** The work is over, also that of a call that was cut short before. */
  settled(): void {
    if (!this.abandoned) return;
    this.abandoned = false;
    this.responder.load.settled();
  }

  /** In place of {@link start}: the call fails with what was thrown before its handler could begin. */
  failAtStart(error: unknown): void {
    this.state = 'running';
    this.fail(error);
  }

  /** Stops the handler when the caller's time is over, and says so. */
  expireAfter(timeout: number): void {
    this.stopTimer = this.responder.clock.after(timeout, () => this.abortAndTell(deadlineExceeded(timeout)));
  }

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
      this.abortAndTell(error as ProtosocketError);
      return;
    }
    if (this.mayGoOnAfter(bytes)) return;
    this.abortAndTell(new ResourceExhaustedError('The reply stream outran its caller'));
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

  fail(error: unknown): void {
    this.responder.handler.fail(this, error);
  }

  /** Tells the sender of an event that it was taken. The call goes on until {@link done}. */
  acknowledge(): void {
    if (!this.isOpen) return;
    this.trySend({ id: this.id, route: this.route, code: ControlCode.Normal });
    this.acknowledged = true;
    if (this.isHead) this.letNextReply();
  }

  /** The handlers of an event have finished. */
  done(): void {
    if (!this.close(undefined)) {
      this.settled();
      return;
    }
    this.responder.load.completed();
    this.leaveInTurn();
  }

  /** A further message of the caller. */
  receive(message: Message, length: number): void {
    if (message.code === ControlCode.Cancel) {
      this.cancelled();
    } else if (message.code === ControlCode.End) {
      this.requests?.end();
    } else if (message.unreadable) {
      this.abortAndTell(message.unreadable);
    } else if (this.requests) {
      try {
        this.requests.next(message.body, length);
      } catch (error) {
        this.abortAndTell(error as ProtosocketError);
      }
    }
  }

  lost(reason: ProtosocketError): void {
    // Who took an event sees it through: nobody waits for its reply.
    if (this.event) return;
    this.drop(reason);
  }

  /** Its turn in the lane has come. */
  becomeHead(): void {
    this.sendHeld();
    if (this.state === 'ready') this.leave();
    else if (this.state === 'waiting') this.start();
    else if (this.acknowledged) this.letNextReply();
    else this.wake?.();
  }

  /** An event has replied with its acknowledgement, however long its handlers take; only a serial lane waits for them. */
  private letNextReply(): void {
    if (this.lane?.serial === false) this.responder.leaveLane(this);
  }

  private cancelled(): void {
    // Upstream's fire-and-forget looks like a request and its Cancel, so an event outlives it.
    if (this.event) return;
    if (!this.drop(new CancelledError('The caller cancelled the call'))) return;
    // As upstream: the end of the work is confirmed.
    this.responder.link.send({ id: this.id, route: this.route, code: ControlCode.Cancel });
  }

  /** Stops the handler, and tells the caller why. */
  private abortAndTell(reason: ProtosocketError): void {
    if (!this.close(reason)) return;
    if (!this.acknowledged) {
      this.dropHeld();
      this.trySendFailure(statusOf(reason));
    }
    this.leaveInTurn();
  }

  /** Stops the handler, and tells the caller nothing. */
  private drop(reason: ProtosocketError): boolean {
    if (this.state === 'over') return false;
    this.close(reason);
    this.dropHeld();
    this.leave();
    return true;
  }

  /** Sends the last message of the call. One that cannot be sent is replaced by the reason. */
  private finish(message: Message): void {
    try {
      this.send(message);
    } catch (error) {
      this.trySendFailure(statusOf(error as ProtosocketError));
    }
    this.close(undefined);
    this.responder.load.completed();
    this.leaveInTurn();
  }

  /** The handler's part is over. Answers false if it was before. */
  private close(reason: ProtosocketError | undefined): boolean {
    const wasRunning = this.isOpen;
    if (!wasRunning && this.state !== 'waiting') return false;
    this.state = 'ready';
    this.stopTimer?.();
    this.wake?.();
    if (reason) {
      if (wasRunning) {
        this.abandoned = true;
        this.responder.load.abandon();
      }
      this.abortReason = reason;
      this.abortController?.abort(reason);
      this.requests?.fail(reason);
    }
    this.onClosed?.(reason);
    return true;
  }

  private leaveInTurn(): void {
    if (this.isHead) this.leave();
  }

  private leave(): void {
    this.state = 'over';
    this.responder.retire(this);
  }
}

import type { Message, Metadata } from '../contract/index.js';
import { CancelledError, type ProtosocketError, statusOf } from '../errors/index.js';
import { ControlCode } from '../wire/index.js';
import { Deadline } from './deadline.js';
import { HandlerReplies } from './handler-replies.js';
import { IncomingStream } from './incoming-stream.js';
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

export class ServerCall extends HandlerReplies {
  /** The payload, or nothing for a request stream: see {@link requests}. */
  readonly body: unknown;
  readonly event: boolean;
  readonly metadata: Metadata | undefined;
  readonly packet: boolean;
  /** The items of a request stream. */
  readonly requests: IncomingStream | undefined;

  /** Called once when the handler's part is over: with a reason when it was cut short, and has to be stopped. */
  onClosed: ((reason: ProtosocketError | undefined) => void) | undefined;

  private state: State = 'waiting';
  private abortController: AbortController | undefined;
  private abortReason: ProtosocketError | undefined;
  /** None, if the caller waits for as long as it takes. */
  private deadline: Deadline | undefined;
  /** It was cut short while its handler was at work, which it still is. */
  private abandoned = false;

  /** @param refusal The error that answers it, in place of a handler. */
  constructor(
    responder: Responder,
    message: Message,
    private readonly refusal?: ProtosocketError,
  ) {
    super(responder, message);
    this.body = message.body;
    this.event = message.event === true;
    this.metadata = message.metadata;
    this.packet = message.packet === true;
    this.requests = message.more ? new IncomingStream(responder.streamLimit) : undefined;
  }

  /** Milliseconds until the caller stops waiting, if it ever does; below 0 once it has. */
  get remaining(): number | undefined {
    return this.deadline?.remaining;
  }

  get isOpen(): boolean {
    return this.state === 'running';
  }

  /** Aborted when the caller cancels, when its deadline passes, or when the connection is lost. */
  get signal(): AbortSignal {
    this.abortController ??= new AbortController();
    if (this.abortReason) this.abortController.abort(this.abortReason);
    return this.abortController.signal;
  }

  /** Begins the work on a call that has just come: its time is over only if it never had any. */
  start(): void {
    this.begin(this.deadline?.timeout === 0);
  }

  /** Whether there is still a reason to begin the work, after a wait. A call whose time is over ends here. */
  isWanted(): boolean {
    if (this.isOpen && this.isLate) this.abortAndTell(this.deadline!.error);
    return this.isOpen;
  }

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
    const deadline = new Deadline(timeout, this.responder.clock, () => this.abortAndTell(deadline.error));
    this.deadline = deadline;
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

  /** The handler has said its last word; of an event, all its handlers have finished. */
  done(): void {
    if (!this.close(undefined)) {
      this.settled();
      return;
    }
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
    else if (this.state === 'waiting') this.begin(this.isLate);
    else if (this.acknowledged) this.letNextReply();
    else this.wake?.();
  }

  private begin(isLate: boolean): void {
    if (this.state !== 'waiting') return;
    if (this.responder.lostReason && !this.event) {
      this.drop(this.responder.lostReason);
      return;
    }
    this.state = 'running';
    if (this.refusal) {
      this.failWith(statusOf(this.refusal));
    } else if (isLate) {
      this.abortAndTell(this.deadline!.error);
      this.settled();
    } else {
      this.responder.handler.handle(this);
    }
  }

  /**
   * Its time is over, although its timer may not have run yet: it may have waited behind others that did not let the event
   * loop turn.
   */
  private get isLate(): boolean {
    return this.deadline !== undefined && this.deadline.remaining <= 0;
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

  protected abortAndTell(reason: ProtosocketError): void {
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

  /** The handler's part is over. Answers false if it was before. */
  private close(reason: ProtosocketError | undefined): boolean {
    const wasRunning = this.isOpen;
    if (!wasRunning && this.state !== 'waiting') return false;
    this.state = 'ready';
    if (!reason || this.deadline?.isHalfOver) this.responder.load.served();
    this.deadline?.stop();
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

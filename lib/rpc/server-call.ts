import { isBare, type Message, type Metadata } from '../contract/index.js';
import {
  CancelledError,
  NotSerializableError,
  type ProtosocketError,
  ResourceExhaustedError,
  type Status,
  statusOf,
} from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import { deadlineExceeded } from './deadline.js';
import { IncomingStream } from './incoming-stream.js';
import type { Lane, Lined } from './lane.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { Responder } from './responder.js';
import { Allowance } from './room.js';

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

export class ServerCall implements OutgoingStream, Lined {
  readonly id: MessageId;
  readonly route: string;
  /** The payload, or nothing for a request stream: see {@link requests}. */
  readonly body: unknown;
  readonly event: boolean;
  /** Nobody waits for an answer, so there may be no id of its own that could tell it apart. */
  readonly silent: boolean;
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

  lane: Lane<ServerCall> | undefined;
  place = 0;
  /** Sent with the first message of the reply. */
  replyMetadata: Metadata | undefined;
  /**
   * Called once when the handler's part is over: with a reason when it was cut short, and has to be stopped.
   */
  onClosed: ((reason: ProtosocketError | undefined) => void) | undefined;

  private state: State = 'waiting';
  private abortController: AbortController | undefined;
  private abortReason: ProtosocketError | undefined;
  private stopTimer: (() => void) | undefined;
  /** What waits for the replies before it. */
  private held: Buffer[] | undefined;
  private heldBytes = 0;
  private acknowledged = false;
  /** It was cut short while its handler was at work, which it still is. */
  private abandoned = false;
  private allowance: Allowance | undefined;
  /** Ends a wait for room. */
  private wake: (() => void) | undefined;

  /** @param refusal The error that answers it, in place of a handler. */
  constructor(
    private readonly responder: Responder,
    message: Message,
    private readonly refusal?: ProtosocketError,
  ) {
    this.id = message.id;
    this.route = message.route ?? '';
    this.body = message.body;
    this.event = message.event === true;
    this.silent = message.silent === true;
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

  get hasRoom(): boolean {
    return this.isHead && this.responder.link.hasRoom;
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
    if (this.isHead) {
      if (this.hasRoom) return;
      this.allowance ??= new Allowance(this.responder.room, this.responder.streamLimit);
      if (this.allowance.spend(bytes)) return;
    } else {
      this.heldBytes += bytes;
      if (this.heldBytes <= this.responder.streamLimit) return;
    }
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
    if (this.held) {
      try {
        for (const frames of this.held) this.responder.link.sendEncoded(frames);
      } catch (error) {
        this.responder.link.destroy(error as Error);
      }
      this.letGo();
    }
    if (this.state === 'ready') this.leave();
    else if (this.state === 'waiting') this.start();
    else if (this.acknowledged) this.letNextReply();
    else this.wake?.();
  }

  /** An event has replied with its acknowledgement, however long its handlers take; only a serial lane waits for them. */
  private letNextReply(): void {
    if (this.lane?.serial === false) this.responder.leaveLane(this);
  }

  private letGo(): void {
    if (!this.held) return;
    for (const { length } of this.held) this.responder.load.letGo(length);
    this.held = undefined;
    this.heldBytes = 0;
  }

  private get isHead(): boolean {
    return this.lane === undefined || this.lane.isHead(this);
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
      this.letGo();
      this.trySend({ id: this.id, route: this.route, code: ControlCode.Normal, status: statusOf(reason) });
    }
    this.leaveInTurn();
  }

  /** Stops the handler, and tells the caller nothing. */
  private drop(reason: ProtosocketError): boolean {
    if (this.state === 'over') return false;
    this.close(reason);
    this.letGo();
    this.leave();
    return true;
  }

  /** Sends the last message of the call. One that cannot be sent is replaced by the reason. */
  private finish(message: Message): void {
    try {
      this.send(message);
    } catch (error) {
      this.trySend({
        id: this.id,
        route: this.route,
        code: ControlCode.Normal,
        status: statusOf(error as ProtosocketError),
      });
    }
    this.close(undefined);
    this.responder.load.completed();
    this.leaveInTurn();
  }

  private send(message: Message): number {
    // Who sent an acknowledged event has had its reply: where replies have no id, one more would go to another call.
    if (this.silent || this.acknowledged) return 0;
    const length = this.isHead ? this.responder.link.send(message) : this.hold(message);
    // So would the next reply, in place of a last one that the contract has no bytes for.
    if (length === 0 && !message.more && this.responder.answersByOrder) {
      throw new NotSerializableError('The contract has no such reply');
    }
    return length;
  }

  private hold(message: Message): number {
    const frames = this.responder.link.encode(message);
    this.responder.load.hold(frames.length, isBare(message));
    (this.held ??= []).push(frames);
    return frames.length;
  }

  /** For small messages of our own. If even they cannot leave, the caller has to learn it from the connection's end. */
  private trySend(message: Message): void {
    try {
      this.send(message);
    } catch (error) {
      this.responder.link.destroy(error as Error);
    }
  }

  private takeReplyMetadata(): Metadata | undefined {
    const metadata = this.replyMetadata;
    this.replyMetadata = undefined;
    return metadata;
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

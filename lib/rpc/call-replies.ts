import { isBare, type Message } from '../contract/index.js';
import { NotSerializableError, type Status } from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import type { Lane, Lined } from './lane.js';
import type { Responder } from './responder.js';
import { Allowance } from './room.js';

/**
 * The messages that answer one call, sent in its turn: while others of its lane are before it, they are held back.
 *
 * A base class, where a part would do as well: every call would pay for one more object.
 */
export abstract class CallReplies implements Lined {
  readonly id: MessageId;
  readonly route: string;
  /** Nobody waits for an answer, so there may be no id of its own that could tell it apart. */
  readonly silent: boolean;
  /** The line it stands in, if it stands in one, and where. */
  lane: Lane<Lined> | undefined;
  place = 0;

  /** It has had its one reply, and may send no other. */
  protected acknowledged = false;
  /** What waits for the replies before it. */
  private held: Buffer[] | undefined;
  private heldBytes = 0;
  private allowance: Allowance | undefined;

  constructor(
    protected readonly responder: Responder,
    { id, route = '', silent }: Message,
  ) {
    this.id = id;
    this.route = route;
    this.silent = silent === true;
  }

  abstract start(): void;
  abstract becomeHead(): void;

  get hasRoom(): boolean {
    return this.isHead && this.responder.link.hasRoom;
  }

  /** Whether nothing is before it. */
  protected get isHead(): boolean {
    return this.lane === undefined || this.lane.isHead(this);
  }

  /**
   * Sends `message` now, or when its turn has come, and answers its length in bytes.
   *
   * @throws what {@link Link.send} throws, and NotSerializableError where it would shift the replies of others.
   */
  protected send(message: Message): number {
    // Who sent an acknowledged event has had its reply: where replies have no id, one more would go to another call.
    if (this.silent || this.acknowledged) return 0;
    const length = this.isHead ? this.responder.link.send(message) : this.hold(message);
    // So would the next reply, in place of a last one that the contract has no bytes for.
    if (length === 0 && !message.more && this.responder.answersByOrder) {
      throw new NotSerializableError('The contract has no such reply');
    }
    return length;
  }

  /** For small messages of our own. If even they cannot leave, the caller has to learn it from the connection's end. */
  protected trySend(message: Message): void {
    try {
      this.send(message);
    } catch (error) {
      this.responder.link.destroy(error as Error);
    }
  }

  /** The call failed: the caller gets `status`. */
  protected trySendFailure(status: Status): void {
    this.trySend({ id: this.id, route: this.route, code: ControlCode.Normal, status });
  }

  /** Counts an item of `bytes` that was sent, and answers whether the stream may go on: its caller may not keep up. */
  protected mayGoOnAfter(bytes: number): boolean {
    if (!this.isHead) {
      this.heldBytes += bytes;
      return this.heldBytes <= this.responder.streamLimit;
    }
    if (this.hasRoom) return true;
    this.allowance ??= new Allowance(this.responder.room, this.responder.streamLimit);
    return this.allowance.spend(bytes);
  }

  /** Its turn has come: what was held back leaves. */
  protected sendHeld(): void {
    if (!this.held) return;
    try {
      for (const frames of this.held) this.responder.link.sendEncoded(frames);
    } catch (error) {
      this.responder.link.destroy(error as Error);
    }
    this.dropHeld();
  }

  protected dropHeld(): void {
    if (!this.held) return;
    for (const { length } of this.held) this.responder.load.letGo(length);
    this.held = undefined;
    this.heldBytes = 0;
  }

  private hold(message: Message): number {
    const frames = this.responder.link.encode(message);
    // Its payload may have code of the application's in it, which has ended the calls before it meanwhile.
    if (this.isHead) return this.responder.link.sendEncoded(frames);
    this.responder.load.hold(frames.length, isBare(message));
    (this.held ??= []).push(frames);
    return frames.length;
  }
}

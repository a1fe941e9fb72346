import type { Message } from '../contract/index.js';
import { NotSerializableError, ProtocolViolationError } from '../errors/index.js';
import { ControlCode, type MessageId } from '../wire/index.js';
import type { Link } from './link.js';

/** Names requests that carry no id, in the order in which they come. */
export class RequestNumbers {
  private last = 0;

  name(message: Message): Message {
    if (message.more) throw new ProtocolViolationError('The peer sent a request stream, whose items no id would tie');
    // The peer counts on a reply to each of its requests, whatever it said.
    return { ...message, id: ++this.last, silent: undefined };
  }
}

/**
 * Finds the call of replies that carry no id: the oldest request that is not answered yet. A call that was given up
 * keeps its place, for its reply comes all the same.
 */
export class ReplyNumbers implements Link {
  private readonly waiting: { readonly id: MessageId; readonly route: string }[] = [];
  /** Those before it are answered. */
  private first = 0;

  /** Somebody no longer waits for a reply, or never did. */
  onGivenUp: (() => void) | undefined;

  constructor(private readonly link: Link) {}

  /** The call that the next message answers. */
  get head(): MessageId | undefined {
    return this.waiting[this.first]?.id;
  }

  /** The route of the call that the next message answers. */
  get headRoute(): string | undefined {
    return this.waiting[this.first]?.route;
  }

  name(message: Message): Message {
    const answered = this.waiting[this.first];
    if (!answered) throw new ProtocolViolationError('The peer sent a reply to no request');
    const isLast = message.code !== ControlCode.Normal || message.more !== true;
    if (isLast) this.leaveFirst();
    return { ...message, id: answered.id };
  }

  get hasRoom(): boolean {
    return this.link.hasRoom;
  }

  get flushes(): number {
    return this.link.flushes;
  }

  send(message: Message): number {
    // There is no id that could say what is to be cancelled.
    if (message.code === ControlCode.Cancel) {
      this.onGivenUp?.();
      return 0;
    }
    if (message.more) throw new NotSerializableError('A contract without ids has no request streams');
    // A peer that is told that nobody waits might not reply, and every later reply would go to the wrong call.
    const length = this.link.send(message.silent ? { ...message, silent: undefined } : message);
    // What was not sent is not answered either.
    if (message.route !== undefined && length > 0) this.waiting.push({ id: message.id, route: message.route });
    if (message.silent) this.onGivenUp?.();
    return length;
  }

  encode(message: Message): Buffer {
    return this.link.encode(message);
  }

  sendEncoded(frames: Buffer): number {
    return this.link.sendEncoded(frames);
  }

  destroy(cause: Error): void {
    this.link.destroy(cause);
  }

  private leaveFirst(): void {
    this.first++;
    // Moved up now and then, so that answering costs the same however many wait.
    if (this.first < 1_024 || this.first * 2 < this.waiting.length) return;
    this.waiting.splice(0, this.first);
    this.first = 0;
  }
}

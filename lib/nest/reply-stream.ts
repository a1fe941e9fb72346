import { RpcException, type WritePacket } from '@nestjs/microservices';

import { type NotSerializableError, ProtosocketError } from '../errors/index.js';
import type { OutgoingStream, ServerCall } from '../rpc/index.js';
import { statusOfFailure } from './handler-failure.js';
import type { ServerPackets } from './packets.js';

/** Where an answer that takes time goes; a custom serializer has its say on the way. */
export class ReplyStream implements OutgoingStream {
  constructor(
    private readonly call: ServerCall,
    private readonly packets: ServerPackets,
  ) {}

  get isOpen(): boolean {
    return this.call.isOpen;
  }

  get hasRoom(): boolean {
    return this.call.hasRoom;
  }

  roomAgain(): Promise<void> {
    return this.call.roomAgain();
  }

  turn(): Promise<void> {
    return this.call.turn();
  }

  next(response: unknown): void {
    if (!this.packets.serializesReplies) {
      this.call.next(response);
      return;
    }
    this.serialized(
      { response },
      (made) => this.call.next(made, true),
      (reason) => this.call.nextUnsent(reason),
    );
  }

  /** The last item, and the end of the call with it. */
  reply(response: unknown): void {
    if (!this.packets.serializesReplies) this.call.reply(response);
    else this.last({ response });
  }

  end(): void {
    this.call.end();
  }

  /** What was stopped has come to its end. */
  settled(): void {
    this.call.settled();
  }

  /** For what an iterable threw, past Nest's exception filters: an error of this transport is one of a call of its own. */
  fail(error: unknown): void {
    this.call.fail(error instanceof ProtosocketError ? new RpcException(error) : error);
  }

  /** Answers with a failure, as it is to arrive. */
  refuse(failure: unknown): void {
    if (!this.packets.serializesReplies || failure instanceof ProtosocketError) {
      this.call.failWith(statusOfFailure(failure));
    } else {
      this.last({ err: failure });
    }
  }

  private last(packet: { response?: unknown; err?: unknown }): void {
    this.serialized(
      { ...packet, isDisposed: true },
      (made) => this.call.reply(made, true),
      // Without the serializer: it has just failed.
      (reason) => this.call.replyUnsent(reason),
    );
  }

  private serialized(
    packet: WritePacket,
    send: (made: unknown) => void,
    unsent: (reason: NotSerializableError) => void,
  ): void {
    let made: unknown;
    try {
      made = this.packets.serializeReply(this.call.id, packet);
    } catch (error) {
      unsent(error as NotSerializableError);
      return;
    }
    send(made);
  }
}

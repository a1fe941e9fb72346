import type { WritePacket } from '@nestjs/microservices';

import type { Metadata } from '../contract/index.js';
import type { ReplyObserver } from '../rpc/index.js';
import type { ClientPackets } from './packets.js';

/** Who takes a reply: an RxJS subscriber, or what stands in for one. */
export interface ReplySubscriber {
  next(response: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * Brings the replies of a call to its subscriber. A custom deserializer has its say on the way; since it may take its
 * time, what follows waits behind it.
 */
export class SubscriberReplyObserver implements ReplyObserver {
  private reading: Promise<void> | undefined;

  constructor(
    private readonly subscriber: ReplySubscriber,
    private readonly packets: ClientPackets,
    private readonly onMetadata: ((metadata: Metadata) => void) | undefined,
  ) {}

  next(body: unknown, packet: boolean): void {
    if (this.packets.reads(packet)) {
      this.reading = (this.reading ?? Promise.resolve()).then(() => this.read(body, packet));
    } else if (this.reading) {
      this.reading = this.reading.then(() => this.subscriber.next(body));
    } else {
      this.subscriber.next(body);
    }
  }

  complete(): void {
    if (this.reading) this.reading = this.reading.then(() => this.subscriber.complete());
    else this.subscriber.complete();
  }

  error(error: unknown): void {
    if (this.reading) this.reading = this.reading.then(() => this.subscriber.error(error));
    else this.subscriber.error(error);
  }

  metadata(metadata: Metadata): void {
    try {
      this.onMetadata?.(metadata);
    } catch (error) {
      this.subscriber.error(error);
    }
  }

  private async read(body: unknown, packet: boolean): Promise<void> {
    let read: WritePacket;
    try {
      read = await this.packets.deserializeReply(body, packet);
    } catch (error) {
      this.subscriber.error(error);
      return;
    }
    // Nest's own transports take any `err` that is not falsy for a failure.
    if (read.err) this.subscriber.error(read.err);
    else if (read.response !== undefined) this.subscriber.next(read.response);
  }
}

import type { WritePacket } from '@nestjs/microservices';

import type { Metadata } from '../contract/index.js';
import type { ReplyObserver } from '../rpc/index.js';
import type { ClientPackets } from './packets.js';
import { reportUnhandled } from './report-unhandled.js';

/** Who takes a reply: an RxJS subscriber, or what stands in for one. */
export interface ReplySubscriber {
  next(response: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** The last say on what a subscriber gets. */
export interface Finish {
  response(response: unknown): unknown;
  error(error: unknown): unknown;
}

/** Who has a say in replies, on their way to a subscriber. The same for most calls of a client, which share it. */
export interface ReplyPath {
  readonly packets: ClientPackets;
  readonly finish: Finish | undefined;
  readonly onMetadata: ((metadata: Metadata) => void) | undefined;
}

/**
 * Brings the replies of a call to its subscriber. A custom deserializer has its say on the way; since it may take its
 * time, what follows waits behind it.
 *
 * A subscriber throws what its teardown does, such as a `finalize()` of the application's. That ends here: on its way up it
 * would keep other calls from being told what this one was.
 */
export class SubscriberReplyObserver implements ReplyObserver {
  private reading: Promise<void> | undefined;

  constructor(
    private readonly subscriber: ReplySubscriber,
    private readonly path: ReplyPath,
  ) {}

  next(body: unknown, packet: boolean): void {
    if (this.path.packets.reads(packet)) {
      this.reading = (this.reading ?? Promise.resolve()).then(() => this.read(body, packet));
    } else if (this.reading) {
      this.reading = this.reading.then(() => this.give(body));
    } else {
      this.give(body);
    }
  }

  complete(): void {
    if (this.reading) this.reading = this.reading.then(() => this.end());
    else this.end();
  }

  error(error: unknown): void {
    if (this.reading) this.reading = this.reading.then(() => this.giveUp(error));
    else this.giveUp(error);
  }

  metadata(metadata: Metadata): void {
    try {
      this.path.onMetadata?.(metadata);
    } catch (error) {
      this.giveUp(error);
    }
  }

  private async read(body: unknown, packet: boolean): Promise<void> {
    let read: WritePacket;
    try {
      read = await this.path.packets.deserializeReply(body, packet);
    } catch (error) {
      this.giveUp(error);
      return;
    }
    // Nest's own transports take any `err` that is not falsy for a failure.
    if (read.err) this.giveUp(read.err);
    else if (read.response !== undefined) this.give(read.response);
  }

  private give(response: unknown): void {
    const { finish } = this.path;
    let finished = response;
    try {
      if (finish) finished = finish.response(response);
    } catch (error) {
      this.giveUp(error);
      return;
    }
    try {
      this.subscriber.next(finished);
    } catch (error) {
      reportUnhandled(error);
    }
  }

  private end(): void {
    try {
      this.subscriber.complete();
    } catch (error) {
      reportUnhandled(error);
    }
  }

  private giveUp(error: unknown): void {
    const { finish } = this.path;
    let finished = error;
    try {
      if (finish) finished = finish.error(error);
    } catch {
      // Who waits has to learn at least that the call failed, and other calls that their connection is lost.
    }
    try {
      this.subscriber.error(finished);
    } catch (thrown) {
      reportUnhandled(thrown);
    }
  }
}

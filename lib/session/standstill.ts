import { ConnectionLostError } from '../errors/index.js';
import type { Clock } from '../rpc/index.js';
import type { MessageId } from '../wire/index.js';

/** What {@link Standstill} watches. */
export interface Queue {
  /** The oldest request that is not answered. */
  readonly head: MessageId | undefined;
  /** Whether somebody waits for the reply to it. */
  isAwaited(id: MessageId): boolean;
  /** No reply will come. */
  lost(cause: Error): void;
}

/**
 * Finds a connection that brings nobody a reply any more. Without ids, each call waits for those before it: one that the peer
 * never answers would fail all that follow, for as long as the connection stands. It may be slow, so that is assumed only of
 * one that was given up, and then had `timeout` milliseconds at the head of the queue.
 */
export class Standstill {
  private stopTimer: (() => void) | undefined;
  private isOver = false;

  constructor(
    private readonly timeout: number,
    private readonly queue: Queue,
    private readonly clock: Clock,
  ) {}

  /** A request was given up, and looks like one that is never answered until it is. */
  watch(): void {
    if (this.stopTimer || this.isOver) return;
    const { head } = this.queue;
    if (head === undefined) return;
    const suspect = this.queue.isAwaited(head) ? undefined : head;
    this.stopTimer = this.clock.after(this.timeout, () => void this.judge(suspect));
  }

  stop(): void {
    this.isOver = true;
    this.stopTimer?.();
  }

  private async judge(suspect: MessageId | undefined): Promise<void> {
    // This process may have been busy itself for all that time: the reply may be there, and not be read yet.
    await this.clock.turn();
    this.stopTimer = undefined;
    if (this.isOver) return;
    if (suspect !== undefined && this.queue.head === suspect) {
      this.queue.lost(
        new ConnectionLostError(`The peer has not answered a call ${this.timeout} ms after it was given up`),
      );
    } else {
      this.watch();
    }
  }
}

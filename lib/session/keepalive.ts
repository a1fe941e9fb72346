import { ConnectionLostError } from '../errors/index.js';
import type { Clock } from '../rpc/index.js';

/** The kernel asks after a peer that has been silent for this long, in milliseconds; Linux' own default is two hours. */
export const TCP_KEEPALIVE_DELAY = 30_000;

/** When to ask after a silent peer, by a ping, and how long to wait for its answer. All in milliseconds. */
export interface KeepaliveOptions {
  /** While calls are in flight. Default 10 s. */
  readonly interval: number;
  /** While there are none. Default 60 s. */
  readonly idleInterval: number;
  /** Until a peer that does not answer is given up. Default 10 s. */
  readonly timeout: number;
}

export const defaultKeepalive: KeepaliveOptions = { interval: 10_000, idleInterval: 60_000, timeout: 10_000 };

/** What {@link Keepalive} watches. */
export interface Watched {
  /** Whether the peer has shown life since the last time this was asked. */
  sawLife(): boolean;
  /** Whether there are calls in flight. */
  isBusy(): boolean;
  ping(): void;
  /** It has not answered. */
  lost(cause: Error): void;
}

/**
 * ```
 *               silence             timeout
 *   watching ------------> asking ----------> lost
 *       ^                    |
 *       `--------------------'  any sign of life
 * ```
 * Whatever comes from the peer is a sign of life, so a busy connection carries no pings. Looks now and then, so that with
 * calls in flight a dead peer is found within 1.5 intervals and the timeout.
 */
export class Keepalive {
  private stopTimer: (() => void) | undefined;
  private lastLife = 0;
  /** When the ping was sent that is not answered. */
  private askedAt: number | undefined;
  private stopped = false;

  constructor(
    private readonly options: KeepaliveOptions,
    private readonly peer: Watched,
    private readonly clock: Clock,
  ) {}

  /** Begins to watch, the first time it is called. */
  start(): void {
    if (this.stopTimer || this.stopped) return;
    this.lastLife = this.clock.now();
    this.lookLater();
  }

  stop(): void {
    this.stopped = true;
    this.stopTimer?.();
  }

  /** How long it is from one look to the next. */
  private get pause(): number {
    const { idleInterval, interval, timeout } = this.options;
    return Math.min(interval, idleInterval, timeout) / 2;
  }

  private lookLater(): void {
    this.stopTimer = this.clock.after(this.pause, () => this.look());
  }

  private look(): void {
    const { idleInterval, interval, timeout } = this.options;
    const now = this.clock.now();
    // Timers ring a little early by the clock, and to look once more would be half a timeout late.
    const almost = now + this.pause / 10;
    if (this.peer.sawLife()) {
      this.lastLife = now;
      this.askedAt = undefined;
    }
    if (this.askedAt !== undefined) {
      if (almost - this.askedAt >= timeout) {
        void this.judge();
        return;
      }
    } else if (almost - this.lastLife >= (this.peer.isBusy() ? interval : idleInterval)) {
      this.askedAt = now;
      this.peer.ping();
    }
    this.lookLater();
  }

  private async judge(): Promise<void> {
    // This process may have been busy itself for all that time: the answer may be there, and not be read yet.
    await this.clock.turn();
    if (this.stopped) return;
    if (!this.peer.sawLife()) {
      this.peer.lost(new ConnectionLostError(`The peer has not answered a ping within ${this.options.timeout} ms`));
      return;
    }
    this.lastLife = this.clock.now();
    this.askedAt = undefined;
    this.lookLater();
  }
}

import type { Clock } from './clock.js';

/**
 * How many more Cancels a peer may send. To ask and to cancel at once costs the peer next to nothing, and this side the
 * start of a handler. One for a call that is over counts as well: that call has given back what it spends.
 *
 * A caller whose timeout has passed sends one, at about the moment when this side ends the call by itself: earlier, if its
 * request was longer underway. So a call gives back as well, however it ends, when half of the timeout that came with it
 * has passed. Nobody gains by that: who announces but the half has its call stopped then with no Cancel at all.
 */
export class CancelBudget {
  private left: number;
  private filledAt: number;

  /**
   * @param burst what it holds at most. 0: there is no limit.
   * @param rate what comes back per second.
   */
  constructor(
    private readonly burst: number,
    private readonly rate: number,
    private readonly clock: Clock,
  ) {
    this.left = burst;
    this.filledAt = clock.now();
  }

  /** A Cancel came. Answers whether that was within the budget. */
  spend(): boolean {
    if (this.burst === 0) return true;
    if (this.left < 1) this.refill();
    if (this.left < 1) return false;
    this.left--;
    return true;
  }

  /** One call came to its own end, or had half of its time: who asks to get answers may cancel as often. */
  giveBack(): void {
    if (this.left < this.burst) this.left++;
  }

  /** Needed only once all is spent; what came back meanwhile is not lost. */
  private refill(): void {
    const now = this.clock.now();
    this.left = Math.min(this.left + ((now - this.filledAt) / 1_000) * this.rate, this.burst);
    this.filledAt = now;
  }
}

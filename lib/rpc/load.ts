import { InvalidRequestError, type ProtosocketError, ResourceExhaustedError } from '../errors/index.js';
import { CancelBudget } from './cancel-budget.js';
import type { Clock } from './clock.js';
import type { CallLimits } from './limits.js';

/** What the calls of one connection cost the side that answers them, held against its limits. */
export class Load {
  private readonly cancels: CancelBudget;
  /** Calls that are over while their handlers still work. */
  private abandoned = 0;
  /** Bytes of replies that wait for the replies before them. */
  private heldBytes = 0;

  constructor(
    private readonly limits: CallLimits,
    clock: Clock,
  ) {
    this.cancels = new CancelBudget(limits.cancelBurst, limits.cancelRate, clock);
  }

  /** Why a call of `route` is one too many beside `inFlight` others, or cannot be; nothing if it may be taken. */
  refusalOf(route: string, inFlight: number): ProtosocketError | undefined {
    const { maxCallsInFlight, maxPatternLength } = this.limits;
    if (maxCallsInFlight > 0 && inFlight + this.abandoned >= maxCallsInFlight) {
      return new ResourceExhaustedError(`Over ${maxCallsInFlight} calls of the connection are in flight`);
    }
    // No character has over three bytes for each unit of its length: most patterns need not be counted.
    if (maxPatternLength > 0 && route.length * 3 > maxPatternLength && Buffer.byteLength(route) > maxPatternLength) {
      return new InvalidRequestError(`The pattern has over ${maxPatternLength} bytes`);
    }
    return undefined;
  }

  /** Whether as many refusals as calls may wait for their turn, where they have to. */
  hasTooManyWaiting(inFlight: number): boolean {
    const { maxCallsInFlight } = this.limits;
    return maxCallsInFlight > 0 && inFlight >= maxCallsInFlight * 2;
  }

  /** A call was cut short, and its handler has not come to its end. */
  abandon(): void {
    this.abandoned++;
  }

  /** So it has now. */
  settled(): void {
    this.abandoned--;
  }

  /** The peer let a call come to its end, or left it half of the time that it announced. */
  served(): void {
    this.cancels.giveBack();
  }

  /** The peer sent a Cancel. Answers why its connection has to go, if it has. */
  cancelled(): ResourceExhaustedError | undefined {
    if (this.cancels.spend()) return undefined;
    return new ResourceExhaustedError(`The peer sent over ${this.limits.cancelBurst} Cancels`);
  }

  /**
   * A reply of `bytes` bytes waits for those before it.
   *
   * @throws ResourceExhaustedError when too much does, unless it has to be; then it does not count.
   */
  hold(bytes: number, hasToBe: boolean): void {
    const { maxSendBufferSize } = this.limits;
    if (!hasToBe && maxSendBufferSize > 0 && this.heldBytes + bytes > maxSendBufferSize) {
      throw new ResourceExhaustedError(`Over ${maxSendBufferSize} bytes of replies wait for those before them`);
    }
    this.heldBytes += bytes;
  }

  /** It waits no longer. */
  letGo(bytes: number): void {
    this.heldBytes -= bytes;
  }
}

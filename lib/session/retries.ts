import { ConnectionLostError, type ProtosocketError, UnavailableError } from '../errors/index.js';
import type { ClientCall } from '../rpc/index.js';
import type { ClientSession } from './client-session.js';
import type { SessionSource } from './session-source.js';

export interface RetryOptions {
  /** How often one call may be sent again. Default 3. */
  readonly attempts: number;
  /** How many calls may be sent again, of those that are made. Default 0.2: one in five. */
  readonly ratio: number;
}

export const defaultRetry: RetryOptions = { attempts: 3, ratio: 0.2 };

/** What may be spent before many calls were made, and what can be saved up, in calls. */
const INITIAL_BUDGET = 100;
const MAX_BUDGET = 10_000;

/** Bounds the load that retries add: whoever is in trouble gets no more than a part of it on top. */
export class RetryBudget {
  private left = INITIAL_BUDGET;
  private counted = 0;

  constructor(private readonly ratio: number) {}

  /**
   * Spends one retry, if there is one.
   *
   * @param callsMade since the beginning.
   */
  spend(callsMade: number): boolean {
    this.left = Math.min(this.left + (callsMade - this.counted) * this.ratio, MAX_BUDGET);
    this.counted = callsMade;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}

/** What {@link Retries} needs of the one who connects. */
export interface RetrySource extends Pick<SessionSource, 'connectFor'> {
  /** Since the beginning. */
  callsMade(): number;
}

/** Sends calls again that are safe to be sent again, within a budget. */
export class Retries {
  private readonly budget: RetryBudget;

  constructor(
    private readonly options: RetryOptions,
    private readonly source: RetrySource,
  ) {
    this.budget = new RetryBudget(options.ratio);
  }

  /** Takes a call that `session` hands back because of `error`, or answers false: then it fails with that. */
  take(session: ClientSession, call: ClientCall, error: ProtosocketError): boolean {
    // A server that refuses and stays would refuse again.
    if (error instanceof UnavailableError && !session.isGoingAway) return false;
    if (call.begun > this.options.attempts || !this.budget.spend(this.source.callsMade())) return false;
    this.source.connectFor({
      waitForReady: call.options.waitForReady,
      isWanted: () => call.isOpen,
      connected: ({ requester }) => requester.adopt(call),
      failed: (reason) => {
        // A call that never left is best told why it cannot leave now. Of another, the first error says more.
        const neverLeft = error instanceof ConnectionLostError && !session.requester.isIdempotent(call);
        call.settleWith(neverLeft ? reason : error);
      },
    });
    return true;
  }
}

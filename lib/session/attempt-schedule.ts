import { ConnectFailedError } from '../errors/index.js';
import type { Clock } from '../rpc/index.js';
import { Backoff, type BackoffOptions } from './backoff.js';

/** Who cannot wait fails at once when the next attempt is farther off than this, in milliseconds. */
const PATIENCE = 1_000;

/** When the next attempt to connect may be made, and who waits for it. */
export class AttemptSchedule {
  private readonly backoff: Backoff;
  /** Of the last attempt, if it failed. */
  lastFailure: ConnectFailedError | undefined;
  /** The wait that all who come meanwhile share. */
  private wait: { readonly over: Promise<void>; readonly cut: (error: Error) => void } | undefined;

  constructor(
    options: BackoffOptions,
    private readonly clock: Clock,
    random: () => number,
  ) {
    this.backoff = new Backoff(options, clock, random);
  }

  /** Nothing, if it may be made now; otherwise resolves when it may, or rejects for those who do not wait so long. */
  untilDue(isPatient: boolean): Promise<void> | undefined {
    const { remaining } = this.backoff;
    if (remaining === 0) return undefined;
    if (isPatient || remaining <= PATIENCE) return (this.wait ??= this.beginWait(remaining)).over;
    const { cause, message } = this.lastFailure!;
    return Promise.reject(
      new ConnectFailedError(`${message}; the next attempt is in ${Math.ceil(remaining)} ms`, cause),
    );
  }

  /** Has the next attempt wait for a while, because of `failure`. */
  failed(failure: ConnectFailedError): void {
    this.lastFailure = failure;
    this.backoff.failed();
  }

  /** The attempt did not fail. Whether it has succeeded is known when the connection has been of use. */
  connected(): void {
    this.lastFailure = undefined;
  }

  succeeded(): void {
    this.lastFailure = undefined;
    this.backoff.succeeded();
  }

  /** Begins anew: who waits is rejected with `error`. */
  reset(error: Error): void {
    this.succeeded();
    this.wait?.cut(error);
  }

  private beginWait(delay: number): NonNullable<AttemptSchedule['wait']> {
    let cut!: (error: Error) => void;
    const over = new Promise<void>((resolve, reject) => {
      const stop = this.clock.after(delay, resolve);
      cut = (error) => {
        stop();
        reject(error);
      };
    }).finally(() => (this.wait = undefined));
    return { over, cut };
  }
}

import type { Clock } from '../rpc/index.js';

/** A wait that all who come meanwhile share. */
export class Pause {
  private current: { readonly over: Promise<void>; readonly cut: (error: Error) => void } | undefined;

  constructor(private readonly clock: Clock) {}

  /** Resolves after `delay` milliseconds, or with the wait that is on already. */
  of(delay: number): Promise<void> {
    this.current ??= this.begin(delay);
    return this.current.over;
  }

  /** Ends the wait now: it rejects with `error`. */
  end(error: Error): void {
    this.current?.cut(error);
  }

  private begin(delay: number): NonNullable<Pause['current']> {
    let cut!: (error: Error) => void;
    const over = new Promise<void>((resolve, reject) => {
      const stop = this.clock.after(delay, resolve);
      cut = (error) => {
        stop();
        reject(error);
      };
    }).finally(() => (this.current = undefined));
    return { over, cut };
  }
}

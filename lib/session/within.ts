import type { Clock } from '../rpc/index.js';

/** Resolves when `work` does or when `limit` milliseconds have passed, whichever is first. */
export function within(limit: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(limit, resolve);
    work.then(
      () => {
        stop();
        resolve();
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}

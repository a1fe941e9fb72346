/** Time, handed in, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since some moment in the past; never goes back. */
  now(): number;

  /** Calls `run` once after `delay` milliseconds, unless the answered function is called before. */
  after(delay: number, run: () => void): () => void;

  /** Resolves when the event loop has turned: others had their chance. */
  turn(): Promise<void>;
}

/** Longer delays overflow Node's timers, which then fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

// Taken once, so that fake timers in an application's tests do not stop its calls half-way.
const { setTimeout, clearTimeout, setImmediate, performance } = globalThis;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delay, run) {
    if (delay > MAX_DELAY) return afterLong(delay, run);
    const timer = setTimeout(run, delay);
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

/** One timer after another. */
function afterLong(delay: number, run: () => void): () => void {
  let stop = systemClock.after(MAX_DELAY, () => (stop = systemClock.after(delay - MAX_DELAY, run)));
  return () => stop();
}

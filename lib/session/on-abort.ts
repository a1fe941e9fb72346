interface Waiting {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

/** Of each signal that somebody waits for. */
const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `run` when `signal` is aborted, unless the answered function is called before. However many wait for one signal,
 * it has one listener of theirs: Node takes more than ten for a leak, and warns.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const { listener, runs } = waitingFor.get(signal) ?? listenTo(signal);
  runs.add(run);
  return () => {
    if (!runs.delete(run) || runs.size > 0) return;
    waitingFor.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function listenTo(signal: AbortSignal): Waiting {
  const runs = new Set<() => void>();
  const listener = (): void => {
    for (const run of runs) run();
  };
  const waiting = { runs, listener };
  waitingFor.set(signal, waiting);
  signal.addEventListener('abort', listener, { once: true });
  return waiting;
}

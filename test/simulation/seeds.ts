// A process: runs the worlds of the seeds from the first argument to the second, or to the first that has a problem, and prints
// what came of them.
import { run } from './run.js';

export interface Outcome {
  /** How many seeds had no problem. */
  sound: number;
  calls: number;
  completed: number;
  rerun: number;
  failed?: { readonly seed: number; readonly problems: readonly string[] };
}

// Most of what goes wrong here is meant to, and to write down where takes as long as much else.
Error.stackTraceLimit = 0;

const [first, last] = process.argv.slice(2).map(Number);
const outcome: Outcome = { sound: 0, calls: 0, completed: 0, rerun: 0 };
for (let seed = first!; seed <= last! && !outcome.failed; seed++) {
  const { calls, completed, problems, rerun } = await run(seed);
  outcome.calls += calls;
  outcome.completed += completed;
  outcome.rerun += rerun;
  if (problems.length === 0) outcome.sound++;
  else outcome.failed = { seed, problems };
}
console.log(JSON.stringify(outcome));

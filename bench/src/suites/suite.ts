import type { Run } from '../measure/run.js';

/** A question, and all that is measured to answer it. */
export interface Suite {
  readonly name: string;
  /** For `--help`. */
  readonly about: string;
  measure(run: Run): Promise<void>;
  /** What was found, as markdown. */
  report(run: Run): string[];
}

import { type Ability, catalogue, type Entry } from '../contenders/catalogue.js';
import type { Plan } from '../plan.js';
import { chooseCores } from '../processes/cores.js';
import { Results } from './results.js';

/** What the suites of a run share. */
export class Run {
  readonly results = new Results();
  readonly cores = chooseCores();
  stopped = false;
  /** How long windows may still be repeated, because of others. */
  repeatSeconds: number;

  constructor(
    readonly plan: Plan,
    /** Tells how it goes. */
    readonly say: (line: string) => void,
  ) {
    this.repeatSeconds = plan.repeatSeconds;
  }

  /** Measures no more; what was measured so far stands. */
  stop(): void {
    this.stopped = true;
  }

  /** Those that are to be measured, and have what the measure takes. */
  contenders(needs?: Ability): readonly Entry[] {
    const entries = this.plan.only ?? catalogue.filter((entry) => !this.plan.quick || entry.load);
    return needs ? entries.filter(({ offers }) => offers.includes(needs)) : entries;
  }
}

import type { Entry } from '../contenders/catalogue.js';
import { missingProgram } from '../processes/broker.js';
import type { Work } from '../processes/orders.js';
import { Pair } from '../processes/pair.js';
import { buildRust, missingCargo } from '../processes/rust.js';
import type { Run } from './run.js';
import { warmUp } from './warm-up.js';

/** The contenders of a suite, started and warm. */
export class Lineup {
  private readonly pairs = new Map<Entry, Pair>();

  private constructor(
    private readonly run: Run,
    private readonly suite: string,
  ) {}

  /** Has `work` done with the contenders, and ends them, however that came about. */
  static async of(
    run: Run,
    suite: string,
    entries: readonly Entry[],
    warmUps: (entry: Entry) => readonly Work[],
    work: (lineup: Lineup) => Promise<void>,
  ): Promise<void> {
    const lineup = new Lineup(run, suite);
    try {
      for (const entry of entries) await lineup.enter(entry, warmUps(entry));
      await work(lineup);
    } finally {
      for (const pair of lineup.pairs.values()) pair.end();
    }
  }

  /** Has `work` done with each in turn. One that fails is out; the others go on. */
  async each(work: (pair: Pair) => Promise<void>): Promise<void> {
    for (const [entry, pair] of this.pairs) {
      if (this.run.stopped) return;
      await this.attempt(entry, () => work(pair));
    }
  }

  private async enter(entry: Entry, warmUps: readonly Work[]): Promise<void> {
    const { run, suite } = this;
    if (run.stopped) return;
    const missing = entry.broker ? missingProgram(entry.broker) : entry.load ? undefined : missingCargo();
    if (missing) {
      run.results.failures.push({ suite, entry, reason: missing, missing: true });
      run.say(`${entry.name}: left out. ${missing}`);
      return;
    }
    await this.attempt(entry, async () => {
      if (!entry.load) {
        run.say(`${entry.name}: cargo builds it, which takes a minute the first time`);
        buildRust();
      }
      const pair = await Pair.of(entry, run.cores);
      this.pairs.set(entry, pair);
      await this.warmUp(pair, warmUps);
    });
  }

  /** The first load has it compiled; those after it take half the time. */
  private async warmUp(pair: Pair, works: readonly Work[]): Promise<void> {
    const { plan, say } = this.run;
    let total = 0;
    for (const [index, work] of works.entries()) {
      const share = index === 0 ? 1 : 1 / 2;
      await pair.start(work);
      total += await warmUp(pair, plan.warmUp.least * share, plan.warmUp.most * share);
      await pair.stop();
    }
    say(`${pair.entry.name}: warm after ${total.toFixed(1)} s`);
  }

  private async attempt(entry: Entry, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.run.results.failures.push({ suite: this.suite, entry, reason, missing: false });
      this.pairs.get(entry)?.end();
      this.pairs.delete(entry);
      this.run.say(`${entry.name}: FAILED. ${reason}`);
    }
  }
}

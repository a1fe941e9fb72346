import type { Entry } from '../contenders/catalogue.js';
import type { Plan } from '../plan.js';
import { missingProgram } from '../processes/broker.js';
import { chooseCores } from '../processes/cores.js';
import { Pair } from '../processes/pair.js';
import { type LoadPoint, loadPoints } from './loads.js';
import { searchRate } from './rate-search.js';
import { type Measured, Results } from './results.js';
import { warmUp } from './warm-up.js';
import { measureWindow, type Window } from './window.js';
import { pause } from './within.js';

/** Within what all contenders serve easily, and enough to have them compiled for load. */
const WARM_UP_IN_FLIGHT = 64;

/** A whole run: starts the contenders, puts them under each load by turns, and ends them. */
export class Campaign {
  readonly results = new Results();
  readonly points: readonly LoadPoint[];
  private readonly pairs = new Map<Entry, Pair>();
  private repeatSeconds: number;
  private stopped = false;

  constructor(
    private readonly plan: Plan,
    private readonly say: (line: string) => void,
  ) {
    this.points = loadPoints(plan);
    this.repeatSeconds = plan.repeatSeconds;
  }

  /** Measures no more; what was measured so far stands. */
  stop(): void {
    this.stopped = true;
  }

  async run(): Promise<Results> {
    try {
      await this.startAll();
      for (let round = 1; round <= this.plan.rounds; round++) {
        for (const point of this.points) await this.measureAll(round, point);
      }
      if (this.plan.openLoop) await this.searchAll();
    } finally {
      for (const pair of this.pairs.values()) pair.end();
    }
    return this.results;
  }

  private async startAll(): Promise<void> {
    const cores = chooseCores();
    this.say(
      cores.server === undefined
        ? 'The processes are not pinned: that takes two cores and taskset'
        : `Servers on core ${cores.server}, clients on core ${cores.client}`,
    );
    for (const entry of this.plan.entries) {
      if (this.stopped) return;
      const missing = entry.broker && missingProgram(entry.broker);
      if (missing) {
        this.results.failures.set(entry, missing);
        this.say(`${entry.name}: left out. ${missing}`);
        continue;
      }
      await this.attempt(entry, async () => {
        const pair = await Pair.of(entry, cores);
        this.pairs.set(entry, pair);
        await this.warmUpPair(pair);
      });
    }
  }

  private async warmUpPair(pair: Pair): Promise<void> {
    const { message, warmUp: bounds } = this.plan;
    const { entry } = pair;
    await pair.start({ kind: 'closed', inFlight: WARM_UP_IN_FLIGHT, message });
    const seconds = await warmUp(pair, bounds.least, bounds.most);
    await pair.stop();
    if (entry.streams) {
      await pair.start({ kind: 'streams', count: this.plan.streams, message });
      await warmUp(pair, bounds.least / 2, bounds.most / 2);
      await pair.stop();
    }
    this.results.warmUps.set(entry, seconds);
    this.say(`${entry.name}: warm after ${seconds.toFixed(1)} s`);
  }

  private async measureAll(round: number, point: LoadPoint): Promise<void> {
    for (const [entry, pair] of this.pairs) {
      if (this.stopped) return;
      if (point.work.kind === 'streams' && !entry.streams) continue;
      await this.attempt(entry, async () => {
        const window = await this.measure(pair, point);
        this.results.add(entry, point, { round, ...window });
        this.say(progress(round, this.plan.rounds, entry, point, window));
      });
    }
  }

  /** Measures until others leave the machine alone, or there were too many tries: then the quietest counts. */
  private async measure(pair: Pair, { work }: LoadPoint): Promise<Omit<Measured, 'round'>> {
    const { repeats, seconds, settleSeconds, tolerance } = this.plan;
    await pair.start(work);
    await pause(settleSeconds * 1_000);
    let quietest: Window | undefined;
    for (let attempt = 0; attempt <= repeats; attempt++) {
      const window = await measureWindow(pair, seconds);
      if (!quietest || (window.others ?? 0) < (quietest.others ?? 0)) quietest = window;
      if ((quietest.others ?? 0) <= tolerance || this.repeatSeconds < seconds) break;
      if (attempt < repeats) this.repeatSeconds -= seconds;
    }
    await pair.stop();
    return { ...quietest!, clean: (quietest!.others ?? 0) <= tolerance };
  }

  private async searchAll(): Promise<void> {
    const fastest = (entry: Entry): number =>
      Math.max(
        ...this.points
          .filter(({ work }) => work.kind === 'closed')
          .map((point) => this.results.figures(entry, point)?.repliesPerSecond.median ?? 0),
      );
    for (const [entry, pair] of this.pairs) {
      if (this.stopped) return;
      await this.attempt(entry, async () => {
        const result = await searchRate(pair, Math.round(fastest(entry) / 2), this.plan);
        await pair.stop();
        this.results.openLoops.set(entry, result);
        this.say(`open loop  ${entry.name.padEnd(15)} ${thousands(result.highestRate).padStart(9)} calls/s in time`);
      });
    }
  }

  /** A contender that fails is out; the others go on. */
  private async attempt(entry: Entry, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.results.failures.set(entry, reason);
      this.pairs.get(entry)?.end();
      this.pairs.delete(entry);
      this.say(`${entry.name}: FAILED. ${reason}`);
    }
  }
}

function progress(
  round: number,
  rounds: number,
  entry: Entry,
  point: LoadPoint,
  window: Omit<Measured, 'round'>,
): string {
  const { clean, clientCpu, others, repliesPerSecond, serverCpu } = window;
  const noise = clean ? '' : `  others had ${((others ?? 0) * 100).toFixed(0)} %`;
  return [
    `round ${round}/${rounds}`,
    point.title.padEnd(16),
    entry.name.padEnd(15),
    `${thousands(repliesPerSecond).padStart(9)}/s`,
    `${serverCpu.toFixed(1).padStart(6)} /${clientCpu.toFixed(1).padStart(6)} us${noise}`,
  ].join('  ');
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en');

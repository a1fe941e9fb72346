import { catalogue, type Entry } from '../contenders/catalogue.js';
import type { LoopDelay } from '../processes/sample.js';
import type { Endurance } from './endurance.js';
import type { FixedRate } from './fixed-rates.js';
import type { LoadPoint } from './loads.js';
import type { Footprint } from './footprint.js';
import type { Neighbour } from './neighbour.js';
import type { OpenLoopResult } from './rate-search.js';
import { medianOf, type Spread, spreadOf } from './statistics.js';
import type { ProcessWindow, Window } from './window.js';

export interface Measured extends Window {
  readonly round: number;
  /** Others used little of the machine. Windows that are not clean were repeated, as often as was allowed. */
  readonly clean: boolean;
}

export interface Figures {
  readonly repliesPerSecond: Spread;
  readonly serverCpu: Spread;
  readonly clientCpu: Spread;
  readonly brokerCpu: Spread;
  readonly server: ProcessFigures;
  readonly client: ProcessFigures;
  readonly clean: number;
  readonly windows: number;
}

/** Medians. */
export interface ProcessFigures {
  readonly residentBytes: number;
  /** For each reply. */
  readonly pageFaults: number;
  readonly loopDelay: LoopDelay | undefined;
}

/** A contender that is missing in a suite, in whole or in part. */
export interface Failure {
  readonly suite: string;
  readonly entry: Entry;
  readonly reason: string;
  /** What it takes is not installed here, which is nobody's failure. */
  readonly missing: boolean;
}

/** Everything that was measured: by contender, by load. */
export class Results {
  readonly failures: Failure[] = [];
  readonly openLoops = new Map<Entry, OpenLoopResult>();
  readonly fixedRates = new Map<Entry, readonly FixedRate[]>();
  readonly footprints = new Map<Entry, Footprint>();
  readonly neighbours = new Map<Entry, Neighbour>();
  readonly endurances = new Map<Entry, Endurance>();
  private readonly windows = new Map<Entry, Map<LoadPoint, Measured[]>>();

  add(entry: Entry, point: LoadPoint, window: Measured): void {
    const ofEntry = this.windows.get(entry) ?? new Map<LoadPoint, Measured[]>();
    this.windows.set(entry, ofEntry);
    ofEntry.set(point, [...(ofEntry.get(point) ?? []), window]);
  }

  /** The contenders that `of` has something of, in the order of the catalogue. */
  entries(of: ReadonlyMap<Entry, unknown> = this.windows): readonly Entry[] {
    return catalogue.filter((entry) => of.has(entry));
  }

  /** The loads that contenders were put under. */
  points(suite?: string): readonly LoadPoint[] {
    const all = new Set([...this.windows.values()].flatMap((ofEntry) => [...ofEntry.keys()]));
    return [...all].filter((point) => suite === undefined || point.suite === suite);
  }

  of(entry: Entry, point: LoadPoint): readonly Measured[] {
    return this.windows.get(entry)?.get(point) ?? [];
  }

  /** Over the clean windows; over all of them where none is. */
  figures(entry: Entry, point: LoadPoint): Figures | undefined {
    const windows = this.of(entry, point);
    if (windows.length === 0) return undefined;
    const clean = windows.filter((window) => window.clean);
    const used = clean.length > 0 ? clean : windows;
    const spread = (of: (window: Window) => number): Spread => spreadOf(used.map(of));
    return {
      repliesPerSecond: spread((window) => window.repliesPerSecond),
      serverCpu: spread((window) => window.serverCpu),
      clientCpu: spread((window) => window.clientCpu),
      brokerCpu: spread((window) => window.brokerCpu),
      server: processFigures(used.map(({ server }) => server)),
      client: processFigures(used.map(({ client }) => client)),
      clean: clean.length,
      windows: windows.length,
    };
  }
}

function processFigures(windows: readonly ProcessWindow[]): ProcessFigures {
  const delays = windows.flatMap(({ loopDelay }) => loopDelay ?? []);
  return {
    residentBytes: medianOf(windows.map(({ residentBytes }) => residentBytes)),
    pageFaults: medianOf(windows.map(({ pageFaults }) => pageFaults)),
    loopDelay:
      delays.length === 0
        ? undefined
        : { p99: medianOf(delays.map(({ p99 }) => p99)), p999: medianOf(delays.map(({ p999 }) => p999)) },
  };
}

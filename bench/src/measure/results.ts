import type { Entry } from '../contenders/catalogue.js';
import type { OpenLoopResult } from './rate-search.js';
import type { LoadPoint } from './loads.js';
import { type Spread, spreadOf } from './statistics.js';
import type { Window } from './window.js';

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
  readonly clean: number;
  readonly windows: number;
}

/** Everything that was measured: by contender, by load. */
export class Results {
  readonly failures = new Map<Entry, string>();
  readonly warmUps = new Map<Entry, number>();
  readonly openLoops = new Map<Entry, OpenLoopResult>();
  private readonly windows = new Map<Entry, Map<LoadPoint, Measured[]>>();

  add(entry: Entry, point: LoadPoint, window: Measured): void {
    const ofEntry = this.windows.get(entry) ?? new Map<LoadPoint, Measured[]>();
    this.windows.set(entry, ofEntry);
    ofEntry.set(point, [...(ofEntry.get(point) ?? []), window]);
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
      clean: clean.length,
      windows: windows.length,
    };
  }
}

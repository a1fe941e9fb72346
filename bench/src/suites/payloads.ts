import { Lineup } from '../measure/lineup.js';
import type { LoadPoint } from '../measure/loads.js';
import { measureByTurns } from '../measure/turns.js';
import { flatnessTable } from '../report/flatness-table.js';
import { figuresByPoint, pageFaultsByPoint } from '../report/sweep-table.js';
import type { Suite } from './suite.js';

const KIB = 1_024;
const MIB = KIB * KIB;
/** What else is in a message: 4 MiB is the limit of the whole, here and in gRPC. */
const REST = KIB;
const sizes = [
  ['64 B', 64],
  ['1 KiB', KIB],
  ['16 KiB', 16 * KIB],
  ['64 KiB', 64 * KIB],
  ['256 KiB', 256 * KIB],
  ['1 MiB', MIB],
  ['4 MiB', 4 * MIB - REST],
] as const;

/** Where a byte has to cost the same. */
const FLAT_FROM = 64 * KIB;
const MOST_IN_FLIGHT = 16;
const MOST_BYTES_IN_FLIGHT = 4 * MIB;

export const payloads: Suite = {
  name: 'payloads',
  about: 'what a byte costs, in messages of 64 B to 4 MiB',

  async measure(run) {
    await Lineup.of(
      run,
      this.name,
      run.contenders('payloads'),
      () => [{ kind: 'closed', inFlight: MOST_IN_FLIGHT, payload: 16 * KIB }],
      (lineup) => measureByTurns(run, lineup, points, run.plan.sweepRounds),
    );
  },

  report({ results }) {
    const measured = results
      .points(this.name)
      .flatMap((point) => (point.work.kind === 'closed' ? [{ point, at: point.work.payload }] : []));
    const perKiB = (cpu: number, size: number): number => (cpu * 1_000) / (size / KIB);
    return [
      figuresByPoint(results, 'us per call, server / client', measured, (cpu) => cpu),
      figuresByPoint(results, 'ns per KiB, server / client', measured, perKiB),
      pageFaultsByPoint(results, 'page faults per call, server / client', measured),
      ...flatnessTable(results, 'CPU of a byte from 64 KiB up', measured, FLAT_FROM, perKiB),
    ];
  },
};

const points = sizes.map(([title, payload]): LoadPoint => ({
  suite: 'payloads',
  title,
  work: {
    kind: 'closed',
    inFlight: Math.min(MOST_IN_FLIGHT, Math.ceil(MOST_BYTES_IN_FLIGHT / payload)),
    payload,
  },
}));

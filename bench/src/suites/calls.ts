import { Lineup } from '../measure/lineup.js';
import type { LoadPoint } from '../measure/loads.js';
import { measureByTurns } from '../measure/turns.js';
import type { Plan } from '../plan.js';
import { figuresTable } from '../report/figures-table.js';
import { flatnessTable } from '../report/flatness-table.js';
import { ratiosTable } from '../report/ratios-table.js';
import type { Suite } from './suite.js';

/** Within what all contenders serve easily, and enough to have them compiled for load. */
const WARM_UP_IN_FLIGHT = 64;

export const calls: Suite = {
  name: 'calls',
  about: 'how much a call costs with 1 to 10,000 in flight, and an item of a stream',

  async measure(run) {
    const { payload, rounds, streams, uploads } = run.plan;
    const points = pointsOf(run.plan);
    await Lineup.of(
      run,
      this.name,
      run.contenders(),
      ({ offers }) => [
        { kind: 'closed', inFlight: WARM_UP_IN_FLIGHT, payload },
        ...(offers.includes('streams') ? [{ kind: 'streams', count: streams, payload } as const] : []),
        ...(uploads && offers.includes('uploads') ? [{ kind: 'uploads', count: streams, payload } as const] : []),
      ],
      (lineup) => measureByTurns(run, lineup, points, rounds),
    );
  },

  report({ results }) {
    const points = results.points(this.name);
    const closed = points.flatMap((point) =>
      point.work.kind === 'closed' ? [{ point, at: point.work.inFlight }] : [],
    );
    return [
      ...points.map((point) => figuresTable(results, point)),
      ratiosTable(results, points),
      ...flatnessTable(results, 'CPU of a call from 64 in flight up', closed, 64),
    ];
  },
};

function pointsOf({ inFlight, payload, streams, uploads }: Plan): LoadPoint[] {
  const suite = calls.name;
  const count = streams;
  return [
    ...inFlight.map((each): LoadPoint => ({
      suite,
      title: `${each.toLocaleString('en')} in flight`,
      work: { kind: 'closed', inFlight: each, payload },
    })),
    { suite, title: `${count} streams`, work: { kind: 'streams', count, payload }, needs: 'streams' },
    ...(uploads
      ? [{ suite, title: `${count} uploads`, work: { kind: 'uploads', count, payload }, needs: 'uploads' } as const]
      : []),
  ];
}

import { Lineup } from '../measure/lineup.js';
import type { LoadPoint } from '../measure/loads.js';
import { measureByTurns } from '../measure/turns.js';
import { openFiles } from '../processes/open-files.js';
import { thousands } from '../numbers.js';
import { flatnessTable } from '../report/flatness-table.js';
import { figuresByPoint } from '../report/sweep-table.js';
import type { Suite } from './suite.js';

/** Of all connections together. */
const IN_FLIGHT = 256;

export const connections: Suite = {
  name: 'connections',
  about: `what a call costs when ${IN_FLIGHT} are spread over 1 to 10,000 connections`,

  async measure(run) {
    const { connections: counts, payload, sweepRounds } = run.plan;
    const most = openFiles.sockets;
    const fitting = counts.filter((count) => count <= most);
    if (fitting.length < counts.length) run.say(`No more than ${most} connections: ${openFiles.advice}`);
    const points = fitting.map((count): LoadPoint => ({
      suite: this.name,
      title: count === 1 ? '1 connection' : `${thousands(count)} connections`,
      work: { kind: 'closed', inFlight: IN_FLIGHT, payload, connections: count },
    }));
    await Lineup.of(
      run,
      this.name,
      run.contenders('connections'),
      () => [{ kind: 'closed', inFlight: IN_FLIGHT, payload }],
      (lineup) => measureByTurns(run, lineup, points, sweepRounds),
    );
  },

  report({ results }) {
    const measured = results
      .points(this.name)
      .flatMap((point) => (point.work.kind === 'closed' ? [{ point, at: point.work.connections ?? 1 }] : []));
    return [
      figuresByPoint(results, 'us per call, server / client', measured, (cpu) => cpu),
      ...flatnessTable(results, 'CPU of a call from 1 connection up', measured, 1),
    ];
  },
};

import type { Entry } from '../contenders/catalogue.js';
import type { LoadPoint } from '../measure/loads.js';
import type { Results } from '../measure/results.js';
import type { Spread } from '../measure/statistics.js';
import { table } from './table.js';

type Of = 'serverCpu' | 'clientCpu' | 'repliesPerSecond';

/** This transport against others: how many times as fast, and as cheap. Above 1 it is the better one. */
export function ratiosTable(results: Results, entries: readonly Entry[], points: readonly LoadPoint[]): string {
  const named = (name: string): Entry | undefined => entries.find((entry) => entry.name === name);
  const rows = ['json', 'protobuf'].flatMap((name) => {
    const ours = named(name);
    if (!ours) return [];
    const others = ['grpc', 'tcp', 'tcp-fair', `floor-${name}`].map(named).filter((entry) => entry !== undefined);
    return others.flatMap((other) =>
      points.flatMap((point) => {
        const [a, b] = [results.figures(ours, point), results.figures(other, point)];
        if (!a || !b) return [];
        const ratio = (of: Of): string =>
          ratioText(of === 'repliesPerSecond' ? a[of] : b[of], of === 'repliesPerSecond' ? b[of] : a[of]);
        return [
          [
            `${ours.title} : ${other.title}`,
            point.title,
            ratio('repliesPerSecond'),
            ratio('serverCpu'),
            ratio('clientCpu'),
          ],
        ];
      }),
    );
  });
  return table(['ratio of medians', 'load', 'replies/s', 'server CPU', 'client CPU'], rows);
}

function ratioText(better: Spread, worse: Spread): string {
  const ratio = better.median / worse.median;
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)}x`;
}

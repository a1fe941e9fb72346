import type { LoadPoint } from '../measure/loads.js';
import type { Results } from '../measure/results.js';
import type { Spread } from '../measure/statistics.js';
import { table } from './table.js';

type Of = 'serverCpu' | 'clientCpu' | 'repliesPerSecond';

const others = {
  json: ['grpc', 'tcp', 'tcp-fair', 'nest-floor-json', 'floor-json'],
  protobuf: ['grpc', 'tcp', 'tcp-fair', 'nest-floor-protobuf', 'floor-protobuf', 'rust'],
};

/** This transport against others: how many times as fast, and as cheap. Above 1 it is the better one. */
export function ratiosTable(results: Results, points: readonly LoadPoint[]): string {
  const named = (name: string): ReturnType<Results['entries']> =>
    results.entries().filter((entry) => entry.name === name);
  const rows = Object.entries(others).flatMap(([name, others]) =>
    named(name).flatMap((ours) =>
      others.flatMap(named).flatMap((other) =>
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
      ),
    ),
  );
  return table(['ratio of medians', 'load', 'replies/s', 'server CPU', 'client CPU'], rows);
}

function ratioText(better: Spread, worse: Spread): string {
  const ratio = better.median / worse.median;
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)}x`;
}

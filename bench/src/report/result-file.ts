import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { LoadPoint } from '../measure/loads.js';
import { describeMachine } from '../measure/machine.js';
import type { Results } from '../measure/results.js';
import type { Plan } from '../plan.js';

/** Writes all that was measured, each window for itself, with what it was measured on. */
export function writeResults(plan: Plan, points: readonly LoadPoint[], results: Results): void {
  const { entries, out, ...settings } = plan;
  const content = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    packages: packageVersions(),
    plan: settings,
    contenders: entries.map((entry) => ({
      name: entry.name,
      title: entry.title,
      failure: results.failures.get(entry),
      warmUpSeconds: results.warmUps.get(entry),
      loads: points
        .filter((point) => results.of(entry, point).length > 0)
        .map((point) => ({
          load: point.title,
          figures: results.figures(entry, point),
          windows: results.of(entry, point),
        })),
      openLoop: results.openLoops.get(entry),
    })),
  };
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(content, rounded, 1)}\n`);
}

/** Five figures are more than any of this is worth. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;

function packageVersions(): Record<string, string> {
  const ours = versionIn('../../node_modules/nestjs-protosocket/package.json');
  const manifest = readJson('../../package.json') as { dependencies: Record<string, string> };
  return { 'nestjs-protosocket': ours, ...manifest.dependencies };
}

const versionIn = (path: string): string => (readJson(path) as { version: string }).version;

const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

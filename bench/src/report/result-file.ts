import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { catalogue } from '../contenders/catalogue.js';
import type { Endurance } from '../measure/endurance.js';
import type { FixedRate } from '../measure/fixed-rates.js';
import type { Footprint } from '../measure/footprint.js';
import type { LoadPoint } from '../measure/loads.js';
import { describeMachine, type Machine } from '../measure/machine.js';
import type { Neighbour } from '../measure/neighbour.js';
import type { OpenLoopResult } from '../measure/rate-search.js';
import type { Figures, Measured } from '../measure/results.js';
import type { Run } from '../measure/run.js';

/** All that was measured, each window for itself, with what it was measured on. */
export interface ResultFile {
  readonly date: string;
  readonly machine: Machine;
  readonly packages: Record<string, string>;
  readonly plan: object;
  readonly contenders: readonly ContenderResult[];
}

export interface ContenderResult {
  readonly name: string;
  readonly title: string;
  readonly failures?: readonly { readonly suite: string; readonly reason: string }[];
  readonly loads: readonly LoadResult[];
  readonly fixedRates?: readonly FixedRate[];
  readonly openLoop?: OpenLoopResult;
  readonly memory?: Footprint;
  readonly neighbour?: Neighbour;
  readonly endurance?: Endurance;
}

export interface LoadResult extends Pick<LoadPoint, 'suite' | 'work'> {
  readonly load: string;
  readonly figures: Figures;
  readonly windows: readonly Measured[];
}

export function resultFile({ plan, results }: Run): ResultFile {
  const { only, out: _, suites, ...settings } = plan;
  const names = (of: readonly { readonly name: string }[]): string[] => of.map(({ name }) => name);
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    packages: packageVersions(),
    plan: { ...settings, only: only && names(only), suites: names(suites) },
    contenders: catalogue.map((entry) => ({
      name: entry.name,
      title: entry.title,
      failures: results.failures
        .filter((failure) => failure.entry === entry)
        .map(({ reason, suite }) => ({ suite, reason })),
      loads: results.points().flatMap((point) => {
        const figures = results.figures(entry, point);
        if (!figures) return [];
        const { suite, title, work } = point;
        return [{ suite, load: title, work, figures, windows: results.of(entry, point) }];
      }),
      fixedRates: results.fixedRates.get(entry),
      openLoop: results.openLoops.get(entry),
      memory: results.footprints.get(entry),
      neighbour: results.neighbours.get(entry),
      endurance: results.endurances.get(entry),
    })),
  };
}

export function writeResults(path: string, content: ResultFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, rounded, 1)}\n`);
}

export const readResults = (path: string): ResultFile => JSON.parse(readFileSync(path, 'utf8')) as ResultFile;

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

// Runs the rigs of what is promised, and prints the figure that each reached beside the one that was asked for. Fails when
// one falls short, or was not measured.
//
//   npm run reliability                     the long form, whose results go to docs/reliability.md
//   npm run reliability -- --short          about a minute, as CI does
//   npm run reliability -- --only crash,cut some of the promises
//   npm run reliability -- --reported FILE  with the figures that other runs of tests have appended to FILE, since
//                                           RELIABILITY_FIGURES named it; what is in there is not measured again
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { PROMISES } from '../test/support/promise-table.ts';
import { judge, renewed, tableOf } from '../test/support/verdicts.ts';
import { root, temporaryFolder } from './run.mjs';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, only: { type: 'string' }, reported: { type: 'string' } },
});
const form = values.short ? 'short' : 'long';
const ids = values.only?.split(',') ?? Object.keys(PROMISES);
const unknown = ids.filter((id) => !(id in PROMISES));
if (unknown.length > 0) {
  console.error(`There is no promise ${unknown.join(', ')}. There are: ${Object.keys(PROMISES).join(', ')}`);
  process.exit(2);
}
const promises = ids.map((id) => PROMISES[id]);
const figures = values.reported ?? join(temporaryFolder('protosocket-reliability'), 'figures');

/** What was reported, in order. */
function reports() {
  if (!existsSync(figures)) return [];
  const lines = readFileSync(figures, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Runs the tests of some rigs: of one alone, or of several two at a time. */
function measure(rigs) {
  console.log(`\n--- ${rigs.join(', ')}`);
  const jest = ['node_modules/jest/bin/jest.js', '--config', 'jest.reliability.config.js'];
  const verbosity = rigs.length > 1 ? [] : ['--runInBand', '--verbose'];
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', ...jest, ...verbosity, ...rigs],
    { cwd: root, stdio: 'inherit', env: { ...process.env, RELIABILITY: form, RELIABILITY_FIGURES: figures } },
  );
  return status === 0;
}

const already = new Set(reports().map(({ id }) => id));
const missing = promises.filter(({ marks }) => Object.keys(marks).some((id) => !already.has(id)));
// One rig may measure several promises.
const rigs = [...new Set(missing.map(({ rig }) => rig))];
// Figures of the long form are told to others: each rig has the machine to itself, as far as this can see to it.
const groups = form === 'long' ? rigs.map((rig) => [rig]) : [rigs];
const failed = groups.filter((group) => group.length > 0 && !measure(group));
const verdicts = judge(promises, form, reports());

console.log(`\nPromises, ${form} form\n\n${tableOf(verdicts)}`);
for (const group of failed) console.error(`Failed: ${group.join(', ')}`);
if (form === 'long') {
  const machine = `${availableParallelism()} cores, Node ${process.versions.node}`;
  const page = join(root, 'docs/reliability.md');
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync(page, renewed(readFileSync(page, 'utf8'), verdicts, `${day}, ${machine}`));
}
process.exitCode = failed.length > 0 || verdicts.some(({ isKept }) => !isKept) ? 1 : 0;

// Packs the package as npm would publish it, and uses it in fresh apps: Nest 12 as ESM, Nest 11 as CommonJS. What works
// inside the repository may still be missing from the package, or be typed wrong for those who import it.
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { root, run, temporaryFolder } from './run.mjs';

const folder = temporaryFolder('protosocket-package');
const [{ filename }] = JSON.parse(
  execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root }),
);
const expected = 'sum 6\nerrors true\ncontracts true\ntesting true\n';
const tools = JSON.parse(execFileSync('npm', ['pkg', 'get', 'devDependencies'], { cwd: root }));
const compiler = ['typescript', '@types/node'].map((name) => `${name}@${tools[name]}`);

for (const app of ['nest12-esm', 'nest11-cjs']) {
  console.log(`\n${app}: install, compile against the package's types, run`);
  const cwd = join(folder, app);
  cpSync(join(root, 'test/package', app), cwd, { recursive: true });
  run('npm', ['install', '--no-save', '--no-fund', '--no-audit', join(folder, filename), ...compiler], { cwd });
  run('node', ['node_modules/typescript/bin/tsc', '-p', '.'], { cwd });
  // It has to end by itself: an app that hangs on to a socket would not.
  const env = { ...process.env, SOCKET_PATH: join(cwd, 'socket') };
  const output = execFileSync('node', ['out/main.js'], { cwd, env, encoding: 'utf8', timeout: 30_000 });
  if (output !== expected) {
    console.error(`${app} printed ${JSON.stringify(output)} instead of ${JSON.stringify(expected)}`);
    process.exit(1);
  }
  console.log(`${app}: as expected`);
}

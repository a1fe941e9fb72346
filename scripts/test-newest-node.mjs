// Runs the whole test suite on the newest Node that npm has as a package, beside the one that runs this script.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { root, run, temporaryFolder } from './run.mjs';

const folder = temporaryFolder('protosocket-node');
run('npm', [
  'install',
  '--prefix',
  folder,
  '--no-fund',
  '--no-audit',
  `node-${process.platform}-${process.arch}@latest`,
]);
const node = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' })}`);
run(node, ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'], { cwd: root });

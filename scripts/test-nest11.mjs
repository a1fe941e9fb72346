// Runs the whole test suite against Nest 11, in a copy of the tree: two versions of Nest cannot share one node_modules.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { root, run, temporaryFolder } from './run.mjs';

const nest11 = {
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/microservices': '11.2.6',
  '@nestjs/platform-express': '11.2.10',
  '@nestjs/testing': '11.2.6',
};
const leftOut = ['.git', 'node_modules', 'dist', 'dist-sample', 'coverage'];

const cwd = temporaryFolder('protosocket-nest11');
cpSync(root, cwd, {
  recursive: true,
  filter: (source) => !leftOut.includes(relative(root, source).split('/')[0]) && !source.endsWith('/target'),
});
// The lock file is that of Nest 12.
rmSync(join(cwd, 'package-lock.json'));
const manifest = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
Object.assign(manifest.devDependencies, nest11);
delete manifest.overrides['@nestjs/common'];
writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));

run('npm', ['install', '--no-fund', '--no-audit'], { cwd });
run('npm', ['test'], { cwd });

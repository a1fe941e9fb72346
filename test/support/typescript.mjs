// For `node --import`: lets a process of its own run this repository's TypeScript as Jest does, without a build before.
import swc from '@swc/core';
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

import config from '../../jest.config.js';

const root = new URL('../../', import.meta.url);
const [, options] = Object.values(config.transform)[0];

// Node asks the hooks below in a thread that loads this file anew.
if (isMainThread) register(import.meta.url);

/** The package is its source, and a module whose JavaScript is not there its TypeScript. */
export async function resolve(specifier, context, next) {
  const [, entry] = /^nestjs-protosocket(?:\/(\w+))?$/.exec(specifier) ?? [];
  if (specifier === 'nestjs-protosocket' || entry)
    return next(new URL(`lib/${entry ?? 'index'}.ts`, root).href, context);
  if (/^(\.|file:).*\.js$/.test(specifier)) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return next(source.href, context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = swc.transformSync(readFileSync(filename, 'utf8'), { ...options, filename });
  return { format: 'module', source: code, shortCircuit: true };
}

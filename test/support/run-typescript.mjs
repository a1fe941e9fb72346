/*
 * `node --import ./test/support/run-typescript.mjs file.ts` runs a test's own process on the sources, as jest runs the test.
 */
import { transformSync } from '@swc/core';
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

import jestConfig from '../../jest.config.js';

const root = new URL('../../', import.meta.url);
const [, options] = jestConfig.transform['^.+\\.ts$'];

// Hooks run in a thread of their own, which imports this file as well.
if (isMainThread) register(import.meta.url);

export function resolve(specifier, context, next) {
  const entry = /^nestjs-protosocket(?:\/(\w+))?$/.exec(specifier);
  if (entry) return next(new URL(`lib/${entry[1] ?? 'index'}.ts`, root).href, context);
  if (specifier.startsWith('.') && specifier.endsWith('.js')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return next(source.href, context);
  }
  return next(specifier, context);
}

export function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = transformSync(readFileSync(file, 'utf8'), { ...options, filename: pathToFileURL(file).pathname });
  return { format: 'module', source: code, shortCircuit: true };
}

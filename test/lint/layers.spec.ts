import { describe, expect, it } from '@jest/globals';
import { Linter } from 'eslint';

import { layerRules } from '../../eslint.layers.mjs';

/** What the rules of the layers have against `code`, if it stood in `file`. */
function lint(file: string, code: string): string[] {
  return new Linter().verify(code, layerRules, file).map(({ message }) => message);
}

/** Every import that a file of each layer is not to have, one a line. */
const forbidden: Record<string, string[]> = {
  'lib/errors/status.ts': [
    '../wire/index.js',
    '../nest/metadata.js',
    '../index.js',
    'rxjs',
    '@nestjs/common',
    'node:net',
  ],
  'lib/wire/varint.ts': ['../contract/index.js', 'rxjs', 'node:net'],
  'lib/contract/codec.ts': ['../connection/index.js', '../rpc/index.js', 'node:tls'],
  'lib/contract/built-in/decode.ts': ['../../rpc/index.js', '@nestjs/microservices'],
  'lib/connection/connection.ts': ['../rpc/index.js', '../session/index.js', 'rxjs/operators'],
  'lib/rpc/responder.ts': ['../connection/index.js', '../session/index.js', '../nest/options.js', 'node:net', 'rxjs'],
  'lib/session/listener.ts': ['../nest/options.js', '@nestjs/common'],
};

const allowed: Record<string, string[]> = {
  'lib/wire/varint.ts': ['../errors/index.js', './message-id.js'],
  'lib/rpc/responder.ts': ['../contract/index.js', '../wire/index.js', '../errors/index.js'],
  'lib/session/listener.ts': ['../rpc/index.js', '../connection/index.js', 'node:net'],
  'lib/nest/options.ts': ['../session/index.js', '../rpc/index.js', 'rxjs', '@nestjs/microservices', 'node:net'],
};

const imports = (modules: string[]): string => modules.map((module) => `import '${module}';\n`).join('');

describe('the layers of lib', () => {
  it.each(Object.entries(forbidden))('%s may not import what lies above it', (file, modules) => {
    expect(lint(file, imports(modules))).toHaveLength(modules.length);
  });

  it.each(Object.entries(allowed))('%s may import what lies below it', (file, modules) => {
    expect(lint(file, imports(modules))).toEqual([]);
  });
});

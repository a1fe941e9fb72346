import { existsSync } from 'node:fs';

import js from '@eslint/js';
import ts from 'typescript-eslint';

import { layerRules } from './eslint.layers.mjs';

// The bench has dependencies of its own. Where they are not installed their types are unknown, and all that uses them
// would look unsafe.
const benchIsInstalled = existsSync(new URL('bench/node_modules/nestjs-protosocket', import.meta.url));

export default ts.config(
  {
    ignores: [
      'dist',
      'dist-sample',
      'bench/dist',
      'coverage',
      'test/package',
      '**/fixtures/*-static.js',
      'test/interop/peers',
      'test/interop/rmemstore-peer',
      'bench/rust',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Applications throw and reject with anything, and a transport passes it on as it is.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
    },
  },
  {
    files: ['lib/**/*.ts'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'error' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests look at what has no type, such as a reply, and hand in what has the wrong one.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  benchIsInstalled ? {} : { files: ['bench/**/*.ts'], extends: [ts.configs.disableTypeChecked] },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  ...layerRules,
);

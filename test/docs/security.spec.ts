import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

import { DEFAULT_MAX_PAYLOAD_DEPTH } from '../../lib/contract/index.js';
import { resolveServerOptions } from '../../lib/nest/resolve-options.js';
import { THREATS } from '../hostile/support/threats.js';

const rowsOf = (file: string): string[][] =>
  [...readFileSync(file, 'utf8').matchAll(/^\| `.*\|$/gm)].map(([row]) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/security.md', () => {
  it('has the threats in the words of their scripts, and no other', () => {
    const expected = Object.entries(THREATS).map(([name, { about, ours, tcp }]) => [`\`${name}\``, about, ours, tcp]);
    expect(rowsOf('docs/security.md')).toEqual(expected);
  });

  it.each(Object.keys(THREATS))('%s has a script', (name) => {
    expect(readFileSync(`test/hostile/${name}.e2e-spec.ts`, 'utf8')).toContain(`threat('${name}', {`);
  });

  it('no script is of another threat', () => {
    const scripts = readdirSync('test/hostile').filter((file) => file.endsWith('.e2e-spec.ts'));
    const names = scripts.map((file) => file.replace('.e2e-spec.ts', ''));
    expect(names.sort()).toEqual(Object.keys(THREATS).sort());
  });
});

describe('SECURITY.md', () => {
  const server = resolveServerOptions({});
  const defaults: Record<string, unknown> = {
    ...server.limits,
    ...server,
    streamBufferSize: server.streamLimit,
    maxPayloadDepth: DEFAULT_MAX_PAYLOAD_DEPTH,
  };

  it.each(rowsOf('SECURITY.md'))('%s is %s by default', (name, value) => {
    const [, digits, unit] = /^([\d,]+)(?: (KiB|MiB|s))?$/.exec(value)!;
    const factor = { KiB: 1024, MiB: 1024 * 1024, s: 1_000 }[unit!] ?? 1;
    expect(defaults[name.replaceAll('`', '')] ?? 'not an option').toBe(Number(digits!.replaceAll(',', '')) * factor);
  });

  it('names every limit of the server', () => {
    const named = rowsOf('SECURITY.md').map(([name]) => name!.replaceAll('`', ''));
    expect(Object.keys(server.limits).filter((name) => !named.includes(name))).toEqual([]);
  });
});

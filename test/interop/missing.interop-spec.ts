import { afterAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const JEST = resolve('node_modules/jest/bin/jest.js');

/** Where there is no program at all. */
const folder = mkdtempSync(join(tmpdir(), 'no-programs-'));
const figures = join(folder, 'figures');

/** Runs an interop test as on a machine without the programs that it needs. */
function runWithout(test: string, environment: Record<string, string> = {}): { status: number | null; said: string } {
  const { INTEROP: _, ...env } = process.env;
  const args = [JEST, '--config', 'jest.interop.config.js', `test/interop/${test}`];
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { ...env, PATH: folder, RELIABILITY_FIGURES: figures, ...environment },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, said: stderr };
}

describe('a program that is missing', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.each([
    ['cargo', 'messagepack-shapes.interop-spec.ts'],
    ['redis-server', 'redis.interop-spec.ts'],
  ])('%s', (program, test) => {
    it('is told of once, and its tests are skipped', () => {
      const { said, status } = runWithout(test);
      const line = `test/interop/${test}: ${program} is missing, so what needs it is skipped.\n`;
      expect(said.split(line)).toHaveLength(2);
      expect(said).toMatch(/^Tests: +\d+ skipped, \d+ total$/m);
      expect(status).toBe(0);
    }, 60_000);

    it('fails its tests with INTEROP=required', () => {
      const { said, status } = runWithout(test, { INTEROP: 'required' });
      expect(said).toContain(`${program} is missing, and INTEROP=required`);
      expect(status).toBe(1);
    }, 60_000);
  });

  it('leaves the facts to be shown on upstream: none counts', () => {
    const { said, status } = runWithout('facts/cuts');
    expect(said).toMatch(/^Tests: +\d+ skipped, \d+ passed, \d+ total$/m);
    expect(status).toBe(0);
    expect(existsSync(figures)).toBe(false);
  }, 60_000);
});

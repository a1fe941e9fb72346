import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { canReusePort } from '../../lib/session/index.js';
import { freePort } from '../support/free-port.js';

interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const main = ['--no-warnings', '--import', './test/support/typescript.mjs', 'sample/05-cluster/src/main.ts'];

describe('sample 05', () => {
  let sample: ChildProcessWithoutNullStreams;
  // Its workers end when it is gone.
  afterEach(() => void sample.kill('SIGKILL'));

  /** Runs it as it is: several processes on one port, which signals end. */
  async function run(more: Record<string, string> = {}): Promise<Run> {
    const env = { ...process.env, NODE_OPTIONS: '', PORT: String(await freePort()), ...more };
    sample = spawn(process.execPath, main, { env });
    const exit = once(sample, 'exit') as Promise<[number | null]>;
    const [output, errors, [code]] = await Promise.all([text(sample.stdout), text(sample.stderr), exit]);
    return { code, output, errors };
  }

  /** The workers that have answered, before they were replaced and since. */
  const workersOf = (output: string): number[][] =>
    output
      .split('each worker is replaced')
      .map((part) => [...part.matchAll(/worker (\d+): \d+ calls/g)].map(([, worker]) => Number(worker)));

  it('has all workers answer, and loses no call while they are replaced', async () => {
    const { code, errors, output } = await run();
    expect(errors).toBe('');
    expect(output).toContain('the cluster shares out the connections');
    expect(workersOf(output)).toEqual([
      [1, 2],
      [1, 2, 3, 4],
    ]);
    expect(output).toContain('all were answered');
    expect(code).toBe(0);
  }, 120_000);

  it('does the same without the cluster in between, where Node can', async () => {
    const { code, errors, output } = await run({ REUSE_PORT: '1' });
    if (!canReusePort()) {
      expect(errors).toContain('reusePort needs Node 22.12');
      expect(code).toBe(1);
      return;
    }
    expect(errors).toBe('');
    expect(output).toContain('the kernel shares out the connections');
    // Which may give all of them to one of two.
    expect(workersOf(output)[1]!.at(-1)).toBeGreaterThan(2);
    expect(output).toContain('all were answered');
    expect(code).toBe(0);
  }, 120_000);
});

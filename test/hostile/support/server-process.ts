import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import type { ServerFigures } from '../processes/server.js';

export interface ServerProcessOptions {
  readonly transport: 'tcp' | 'protosocket';
  readonly options?: object;
  /** How many file descriptors it may have. */
  readonly descriptors?: number;
}

/** A server in a process of its own: with its own memory, its own event loop and its own descriptors. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Rejects when the process ends. */
    private readonly ended: Promise<never>,
  ) {}

  static async start({ descriptors, options = {}, transport }: ServerProcessOptions): Promise<ServerProcess> {
    const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors}; `;
    const node = [process.execPath, '--expose-gc', '--import', './test/support/typescript.mjs'];
    const command = [...node, 'test/hostile/processes/server.ts', transport, JSON.stringify(options)];
    // Without the options of the test's own process, such as its loaders.
    const env = { ...process.env, NODE_OPTIONS: '' };
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    const child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', ...command], { env, stdio: [...stdio] });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The server ended with ${String(code)}`);
    });
    ended.catch(() => undefined);
    await Promise.race([once(child, 'message'), ended]);
    return new ServerProcess(child, ended);
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async figures(): Promise<ServerFigures> {
    const answer = once(this.child, 'message') as Promise<[ServerFigures]>;
    this.child.send('figures');
    return (await Promise.race([answer, this.ended]))[0];
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}

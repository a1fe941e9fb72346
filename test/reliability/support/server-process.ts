import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ProtosocketServerOptions } from 'nestjs-protosocket';

import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';

/** What can be told to a process as JSON. */
export type ServerProcessOptions = Pick<
  ProtosocketServerOptions,
  'gracePeriod' | 'host' | 'maxConnectionAge' | 'port'
> & {
  /** The file that it keeps of what it has executed. */
  readonly ledger?: string;
};

const running = new Set<ServerProcess>();

/** `peers/server.ts` in a process of its own. */
export class ServerProcess {
  /** What it has printed. */
  readonly lines: string[] = [];
  /** What it has logged. */
  readonly log: string[] = [];
  /** How it ended, once it has. */
  end: { code: number | null; signal: string | null } | undefined;

  private constructor(private readonly child: ChildProcess) {
    running.add(this);
    collect(child.stdout!, this.lines);
    collect(child.stderr!, this.log);
    // When its output has come as well.
    child.once('close', (code, signal) => {
      this.end = { code, signal };
      running.delete(this);
    });
  }

  /** Resolves when it listens. */
  static async start(options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const given = JSON.stringify({ host: '127.0.0.1', port: await freePort(), ...options });
    const args = [
      '--no-warnings',
      '--import',
      './test/support/typescript.mjs',
      'test/reliability/peers/server.ts',
      given,
    ];
    const child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
    const server = new ServerProcess(child);
    await eventually(() => server.end !== undefined || server.lines.some((line) => line.startsWith('listening ')));
    if (server.end) throw new Error(`The server did not start: ${server.log.join('\n')}`);
    return server;
  }

  get port(): number {
    return Number(this.lines[0]!.split(' ')[1]);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends it `signal`, and waits for its end. */
  async endBy(signal: NodeJS.Signals): Promise<void> {
    const ended = once(this.child, 'close');
    this.kill(signal);
    if (!this.end) await ended;
  }
}

/** Ends what was started. For `afterEach`. */
export async function endServerProcesses(): Promise<void> {
  await Promise.all([...running].map((server) => server.endBy('SIGKILL')));
}

function collect(output: NodeJS.ReadableStream, lines: string[]): void {
  let rest = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
  });
}

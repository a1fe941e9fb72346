import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

const running: RedisServer[] = [];

/** A redis-server of its own: on a Unix domain socket in a temporary folder, and with nothing kept on disk. */
export class RedisServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'redis-'));
    const options = ['--port', '0', '--unixsocket', 'socket', '--dir', folder, '--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', options, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    const server = new RedisServer(child, folder);
    running.push(server);
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => line.includes('ready to accept connections') && resolve());
      child.once('exit', () => reject(new Error('redis-server ended before it was ready')));
    });
    return server;
  }

  get path(): string {
    return join(this.folder, 'socket');
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ends what is still running. For `afterEach`. */
export async function endRedisServers(): Promise<void> {
  for (const server of running.splice(0)) await server.kill();
}

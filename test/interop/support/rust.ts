import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PEERS = 'test/interop/peers';

/** What Rust peers and Nest peers are paired over. */
export interface Wire {
  readonly format: 'protobuf' | 'messagepack';
  /** MessagePack with structs as maps. */
  readonly named?: boolean;
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/** Whether Rust programs can be built here. */
export const hasCargo = spawnSync('cargo', ['--version']).status === 0;

/** Builds the programs of a package, which is quick when they are built already. */
export function buildRust(folder = PEERS): void {
  execFileSync('cargo', ['build', '--release', '--locked', '--quiet'], { cwd: folder, stdio: 'inherit' });
}

/** Where a program is once it was built. */
export const program = (name: string, folder = PEERS): string => join(folder, 'target/release', name);

const running: ChildProcessWithoutNullStreams[] = [];

/** Ends what is still running. For `afterEach`. */
export async function endRustPeers(): Promise<void> {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

/** A server in Rust that listens. */
export class RustServer {
  /** What it has printed since it listens. */
  readonly lines: string[] = [];

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    readonly port: number,
  ) {}

  /** The upstream echo server, which speaks `wire`. */
  static echo(wire: Wire): Promise<RustServer> {
    const tls = wire.tls ? ['--tls', wire.tls.certFile, wire.tls.keyFile] : [];
    return RustServer.start(program('echo-server'), [...formatOf(wire), ...tls]);
  }

  /** Any server that prints `listening <port>`. */
  static async start(path: string, args: readonly string[] = []): Promise<RustServer> {
    const child = spawn(path, [...args, '--lifetime-ms', '300000']);
    running.push(child);
    child.stderr.pipe(process.stderr);
    const lines = createInterface(child.stdout);
    const [first] = (await once(lines, 'line')) as [string];
    const server = new RustServer(child, Number(/^listening (\d+)$/.exec(first)![1]));
    lines.on('line', (line: string) => server.lines.push(line));
    return server;
  }

  /** Any server that says on stderr that it is ready. */
  static async startSaying(ready: RegExp, path: string, args: readonly string[]): Promise<void> {
    const child = spawn(path, args, { env: { ...process.env, RUST_LOG_STYLE: 'never' } });
    running.push(child);
    for await (const line of createInterface(child.stderr)) if (ready.test(line)) return;
    throw new Error(`${path} has ended before it was ready`);
  }

  /** How long its process was busy, in hundredths of a second, where the system tells. */
  get cpuTime(): number | undefined {
    const stat = `/proc/${this.child.pid}/stat`;
    if (!existsSync(stat)) return undefined;
    // What comes before is the name, in which there may be spaces; then fields 3 and up, of which 14 and 15 count.
    const fields = readFileSync(stat, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }

  /** Ends it as a crash would. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** What a Rust client printed, line by line, and how it ended. */
export interface ClientRun {
  readonly lines: readonly Record<string, unknown>[];
  readonly code: number | null;
  readonly errors: string;
}

/** Runs the upstream echo client against a server on loopback. */
export async function runEchoClient(port: number, wire: Wire, args: readonly string[]): Promise<ClientRun> {
  const all = ['--address', `127.0.0.1:${port}`, ...formatOf(wire), ...(wire.tls ? ['--tls'] : []), ...args];
  return runRustClient(program('echo-client'), all);
}

/** Runs a program that prints lines of JSON and ends by itself. */
export async function runRustClient(path: string, args: readonly string[]): Promise<ClientRun> {
  const child = spawn(path, args);
  running.push(child);
  const lines: Record<string, unknown>[] = [];
  let errors = '';
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { lines, code, errors };
}

function formatOf({ format, named }: Wire): string[] {
  return ['--format', format, ...(named ? ['--named'] : [])];
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A script of `test/hostile/processes` in a process of its own: its own memory, event loop and descriptors. */
export class ScriptProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Rejects when the process ends. */
    private readonly ended: Promise<never>,
  ) {}

  /**
   * Starts `script`, and waits for its first message.
   *
   * @param descriptors how many file descriptors it may have.
   */
  static async start(script: string, args: readonly string[], descriptors?: number): Promise<ScriptProcess> {
    const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors}; `;
    const node = [process.execPath, '--expose-gc', '--import', './test/support/typescript.mjs'];
    const command = [...node, `test/hostile/processes/${script}.ts`, ...args];
    // Without the options of the test's own process, such as its loaders.
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', ...command], {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${script} ended with ${String(code)}`);
    });
    ended.catch(() => undefined);
    const started = new ScriptProcess(child, ended);
    await started.message();
    return started;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Its next message. */
  async message<Message>(): Promise<Message> {
    const [message] = (await Promise.race([once(this.child, 'message'), this.ended])) as [Message];
    return message;
  }

  /** What it answers to `question`. */
  ask<Answer>(question: string): Promise<Answer> {
    const answer = this.message<Answer>();
    this.child.send(question);
    return answer;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}

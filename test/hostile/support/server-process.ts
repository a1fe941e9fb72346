import type { ServerFigures } from '../processes/server.js';
import { ScriptProcess } from './script-process.js';

export interface ServerProcessOptions {
  readonly transport: 'tcp' | 'protosocket';
  readonly options?: object;
  /** How many file descriptors it may have. */
  readonly descriptors?: number;
}

/** A server in a process of its own. */
export class ServerProcess {
  private constructor(private readonly script: ScriptProcess) {}

  static async start({ descriptors, options = {}, transport }: ServerProcessOptions): Promise<ServerProcess> {
    return new ServerProcess(await ScriptProcess.start('server', [transport, JSON.stringify(options)], descriptors));
  }

  get isRunning(): boolean {
    return this.script.isRunning;
  }

  figures(): Promise<ServerFigures> {
    return this.script.ask('figures');
  }

  stop(): Promise<void> {
    return this.script.stop();
  }
}

import { fork } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { HOST } from '../contenders/contender.js';
import { within } from '../measure/within.js';
import { TICK_MICROSECONDS } from '../measure/machine.js';
import { freePort, listening } from './port.js';

export type BrokerName = 'nats' | 'redis';

interface Program {
  /** The program, and the Debian package that has it. */
  readonly file: string;
  readonly args: (port: number) => string[];
}

const programs: Record<BrokerName, Program> = {
  nats: { file: 'nats-server', args: (port) => ['--addr', HOST, '--port', String(port)] },
  redis: {
    file: 'redis-server',
    args: (port) => ['--bind', HOST, '--port', String(port), '--save', '', '--appendonly', 'no'],
  },
};

/** Debian puts servers where not every user's PATH leads to. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin'];

export interface Broker {
  readonly port: number;
  /** Microseconds of CPU that it has used so far. */
  cpu(): number;
  end(): void;
}

/** How to get the broker's program; `undefined` if it is there. */
export function missingProgram(broker: BrokerName): string | undefined {
  const { file } = programs[broker];
  return find(file) ? undefined : `${file} is not installed: apt-get install ${file}`;
}

/** Starts a broker of our own on loopback. */
export async function startBroker(broker: BrokerName): Promise<Broker> {
  const { args, file } = programs[broker];
  const port = await freePort();
  const guard = fork(fileURLToPath(new URL('broker-guard.js', import.meta.url)), [find(file)!, ...args(port)]);
  try {
    const pid = await within(5_000, new Promise<number>((resolve) => guard.once('message', resolve)), file);
    await listening(port, 5_000);
    return { port, cpu: () => cpuOf(pid), end: () => guard.disconnect() };
  } catch (error) {
    guard.disconnect();
    throw error;
  }
}

function find(file: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, file)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** By /proc/PID/stat, where fields 14 and 15 are the ticks in user and in system mode. */
function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
  } catch {
    return 0;
  }
}

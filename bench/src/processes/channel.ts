import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Answer, Order, Role } from './orders.js';
import { rustProgram } from './rust.js';

/** A process, and how orders reach it. */
export interface Channel {
  readonly process: ChildProcess;
  send(order: Order): void;
  onAnswer(take: (answer: Answer) => void): void;
}

/** @param core The core it may use. None: any. */
export function forkNode(role: Role, core: number | undefined): Channel {
  const file = fileURLToPath(new URL(`${role}-main.js`, import.meta.url));
  // taskset becomes the program it starts, so the channel and the process id are that one's.
  const pinned = core === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath] };
  const child = fork(file, { ...pinned, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    process: child,
    send: (order) => void child.send(order),
    onAnswer: (take) => void child.on('message', take),
  };
}

/** A Rust program takes the same orders, a line of JSON each. It ends when its stdin does. */
export function spawnRust(role: Role, core: number | undefined): Channel {
  const program = [...(core === undefined ? [] : ['taskset', '-c', String(core)]), rustProgram(role)];
  const child = spawn(program[0]!, program.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  return {
    process: child,
    send: (order) => void child.stdin.write(`${JSON.stringify(order)}\n`),
    onAnswer: (take) => void createInterface(child.stdout).on('line', (line) => take(JSON.parse(line) as Answer)),
  };
}

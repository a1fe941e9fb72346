import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { within } from '../measure/within.js';
import type { Answer, Order } from './orders.js';

/** Beyond this an order has failed: the longest takes some ten seconds. */
const ORDER_TIMEOUT = 60_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process of a contender, pinned to a core, that does what it is told. */
export class Worker<Orders> {
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private lastNumber = 0;
  private ended = false;

  /** @param core The core it may use. None: any. */
  constructor(
    private readonly title: string,
    main: 'server-main.js' | 'client-main.js',
    core: number | undefined,
  ) {
    const file = fileURLToPath(new URL(main, import.meta.url));
    // taskset becomes the program it starts, so the channel and the process id are that one's.
    const pinned = core === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath] };
    this.process = fork(file, { ...pinned, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.process.on('message', (answer: Answer) => this.answered(answer));
    this.process.on('error', (error) => this.fail(error));
    this.process.on('exit', (code, signal) => this.fail(new Error(`${title} ended: ${signal ?? code}`)));
  }

  /** Has the process carry out one of its orders. */
  order<Name extends keyof Orders & string>(
    name: Name,
    ...args: Orders[Name] extends (...args: infer Args) => unknown ? Args : never
  ): Orders[Name] extends (...args: never[]) => infer Result ? Result : never {
    const order: Order = { number: ++this.lastNumber, name, args };
    const result = new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new Error(`${this.title} has ended`));
        return;
      }
      this.waiting.set(order.number, { resolve, reject });
      this.process.send(order);
    });
    const bounded = within(ORDER_TIMEOUT, result, `${this.title}: ${name}`);
    return bounded as Orders[Name] extends (...args: never[]) => infer Result ? Result : never;
  }

  end(): void {
    if (!this.ended) this.process.kill('SIGKILL');
  }

  private answered(answer: Answer): void {
    const waiting = this.waiting.get(answer.number);
    this.waiting.delete(answer.number);
    if ('error' in answer) waiting?.reject(new Error(`${this.title}: ${answer.error}`));
    else waiting?.resolve(answer.result);
  }

  private fail(error: Error): void {
    this.ended = true;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

import { setPriority } from 'node:os';

import { within } from '../measure/within.js';
import type { Channel } from './channel.js';
import type { Answer, Order } from './orders.js';

/** Beyond this an order has failed: the longest takes some ten seconds. */
const ORDER_TIMEOUT = 60_000;

/** As `nice` counts. */
const URGENT = -10;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process of a contender that does what it is told. */
export class Worker<Orders> {
  private readonly waiting = new Map<number, Waiting>();
  private lastNumber = 0;
  private ended = false;

  constructor(
    private readonly title: string,
    private readonly channel: Channel,
  ) {
    channel.onAnswer((answer) => this.answered(answer));
    channel.process.on('error', (error) => this.fail(error));
    channel.process.on('exit', (code, signal) => this.fail(new Error(`${title} ended: ${signal ?? code}`)));
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
      this.channel.send(order);
    });
    const bounded = within(ORDER_TIMEOUT, result, `${this.title}: ${name}`);
    return bounded as Orders[Name] extends (...args: never[]) => infer Result ? Result : never;
  }

  /** Goes before others on its core, where that is allowed. For who works little. */
  hurry(): void {
    try {
      setPriority(this.channel.process.pid!, URGENT);
    } catch {
      // Only root may.
    }
  }

  end(): void {
    if (!this.ended) this.channel.process.kill('SIGKILL');
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

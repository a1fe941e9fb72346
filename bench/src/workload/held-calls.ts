import type { Caller, ReplyObserver } from './caller.js';
import { echoOf } from './echo.js';
import { type Load, Slots } from './load.js';

/** Calls that are all in flight at once, and stay so until the server is told to answer. */
export class HeldCalls implements Load {
  replies = 0;
  private readonly slots = new Slots();

  constructor(
    private readonly caller: Caller,
    private readonly count: number,
    private readonly message: string,
  ) {}

  get failure(): Error | undefined {
    return this.slots.failure;
  }

  start(): void {
    if (!this.caller.hold) throw new Error('This contender holds no calls');
    const observer: ReplyObserver = {
      next: () => this.replies++,
      error: (error) => this.slots.fail(error),
      complete: () => this.slots.leave(),
    };
    this.slots.running = this.count;
    for (let id = 1; id <= this.count; id++) this.caller.hold(echoOf(id, this.message), observer);
  }

  async stop(): Promise<void> {
    await this.slots.stop();
    if (!this.failure && this.replies !== this.count) {
      this.slots.failure = new Error(`${this.replies} of ${this.count} held calls were answered`);
    }
  }
}

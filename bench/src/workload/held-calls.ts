import type { Caller, ReplyObserver } from './caller.js';
import { echoOf } from './echo.js';
import { SlottedLoad } from './load.js';

/** Calls that are all in flight at once, and stay so until the server is told to answer. */
export class HeldCalls extends SlottedLoad {
  constructor(
    private readonly caller: Caller,
    private readonly count: number,
    private readonly message: string,
  ) {
    super();
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

  override async stop(): Promise<void> {
    await super.stop();
    if (!this.failure && this.replies !== this.count) {
      this.slots.failure = new Error(`${this.replies} of ${this.count} held calls were answered`);
    }
  }
}

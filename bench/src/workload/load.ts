/** What keeps a client busy until it is told to stop. */
export interface Load {
  /** Replies that came and were right; of streams, their items. */
  readonly replies: number;
  readonly failure: Error | undefined;
  start(): void;
  /** Resolves when nothing is in flight any more. */
  stop(): Promise<void>;
}

/** Counts what is in flight, so that a load can be stopped without cutting its calls. */
export class Slots {
  running = 0;
  stopping = false;
  failure: Error | undefined;
  private resolve: (() => void) | undefined;

  /** Whether the slot that is free now is to make another call. */
  get goOn(): boolean {
    return !this.stopping && !this.failure;
  }

  fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(JSON.stringify(error));
    this.leave();
  }

  leave(): void {
    if (--this.running === 0) this.resolve?.();
  }

  stop(): Promise<void> {
    this.stopping = true;
    return new Promise((resolve) => {
      this.resolve = resolve;
      if (this.running === 0) resolve();
    });
  }
}

/** A load that keeps some calls in flight: each has a slot, and frees it when it is over. */
export abstract class SlottedLoad implements Load {
  replies = 0;
  readonly slots = new Slots();
  private lastId = 0;

  abstract start(): void;

  get failure(): Error | undefined {
    return this.slots.failure;
  }

  stop(): Promise<void> {
    return this.slots.stop();
  }

  nextId(): number {
    return (this.lastId = (this.lastId + 1) >>> 0);
  }
}

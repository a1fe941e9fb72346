/**
 * The room to send that all calls of one half of a connection share.
 *
 * Who can wait (an iterator) waits in {@link again}. Who cannot (an Observable) has an {@link Allowance}.
 */
export class Room {
  /** Counts how often there was room again, so that an allowance sees that it was given back meanwhile. */
  turns = 0;
  private readonly waiting = new Set<() => void>();

  /** Resolves when there may be room again, or when the function that is handed to `hold` is called. */
  again(hold: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
      hold(wake);
    });
  }

  open(): void {
    this.turns++;
    for (const wake of [...this.waiting]) wake();
  }
}

/** How many bytes one stream may have waiting for a peer that does not keep up. */
export class Allowance {
  private used = 0;
  private turn = 0;

  constructor(
    private readonly room: Room,
    private readonly limit: number,
  ) {}

  /** Counts `bytes` that were sent without room, and answers whether that is still within the limit. */
  spend(bytes: number): boolean {
    if (this.turn !== this.room.turns) this.used = 0;
    this.turn = this.room.turns;
    this.used += bytes;
    return this.used <= this.limit;
  }
}

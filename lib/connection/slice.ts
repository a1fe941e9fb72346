// Taken once, as other timers are: an application's fake ones must not hold back the bytes of a connection.
const { setImmediate } = globalThis;

/**
 * How many messages a connection may take in one turn of the event loop: a read may have thousands of the smallest ones.
 * Well below the calls that may be in flight, so that the quick ones of a burst are over before there are too many.
 */
const MESSAGES = 256;

/** A turn that brought fewer messages is not worth a timer of its own to count the next from 0. */
const WORTH_COUNTING = 16;

/** The share of a connection in the event loop, that others have theirs. */
export class Slice {
  private taken = 0;
  private scheduled = false;

  /** @param onTurn The event loop has turned, and there is a new slice. */
  constructor(private readonly onTurn: () => void) {}

  get isUsedUp(): boolean {
    return this.taken >= MESSAGES;
  }

  take(): void {
    this.taken++;
  }

  /** To be told after each read. */
  read(): void {
    if (this.taken >= WORTH_COUNTING) this.awaitTurn();
  }

  awaitTurn(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.taken = 0;
      this.onTurn();
    });
  }
}

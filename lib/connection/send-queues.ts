import { ResourceExhaustedError } from '../errors/index.js';

/** A connection with bytes that its peer has not taken. */
interface Queue {
  destroy(cause: Error): void;
}

/**
 * What waits in all connections of a server together, for peers that do not read. Where it is too much, the connection
 * with the most has to go: its peer is the one that reads the least, whoever's bytes were one too many.
 */
export class SendQueues {
  private readonly waiting = new Map<Queue, number>();
  private total = 0;

  /** @param limit in bytes; 0 for none. */
  constructor(private readonly limit: number) {}

  /** So many bytes wait in `queue` now. */
  set(queue: Queue, bytes: number): void {
    this.total += bytes - (this.waiting.get(queue) ?? 0);
    if (bytes === 0) this.waiting.delete(queue);
    else this.waiting.set(queue, bytes);
    while (this.limit > 0 && this.total > this.limit) this.cutLongest();
  }

  private cutLongest(): void {
    let longest: Queue | undefined;
    let most = 0;
    for (const [queue, bytes] of this.waiting) {
      if (bytes <= most) continue;
      longest = queue;
      most = bytes;
    }
    this.set(longest!, 0);
    longest!.destroy(
      new ResourceExhaustedError(`Over ${this.limit} bytes wait in all connections, and most of them in this one`),
    );
  }
}

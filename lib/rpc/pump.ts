import type { OutgoingStream } from './outgoing-stream.js';

/** What can be asked for its items one at a time. */
export type Pullable = AsyncIterable<unknown> | Iterable<unknown>;

/** Whether `value` hands out items when it is asked to: an async iterable, or what a generator function returned. */
export function isPullable(value: unknown): value is Pullable {
  if (typeof value !== 'object' || value === null) return false;
  if (Symbol.asyncIterator in value) return true;
  // Not just any iterable: an array, a Map or a Buffer is a value.
  return Symbol.iterator in value && 'next' in value && typeof value.next === 'function';
}

/** How many items are pulled before others have their turn: a producer that never waits must not stop the process. */
const SLICE = 64;

/** Moves items from a source to a stream, asking for each only when there is room for it. */
export class Pump {
  private iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  private stopped = false;
  /** Fulfilled when a source that was told to close has done so, its `finally` blocks and all. */
  private closing: Promise<unknown> | undefined;

  /** @param onUnseenFailure told of a failure to close the source: its call is over, and has nobody left to be told. */
  constructor(
    private readonly source: Pullable,
    private readonly stream: OutgoingStream,
    private readonly onUnseenFailure: (error: unknown) => void,
  ) {}

  /** Pumps until the source ends, then ends the stream; a failure of the source fails it. Never rejects. */
  async run(): Promise<void> {
    try {
      if (await this.runItems()) this.stream.end();
    } catch (error) {
      this.stream.fail(error);
    }
  }

  /** As {@link run}, but leaves the stream open at the source's end. Answers whether the source was read to its end. */
  async runItems(): Promise<boolean> {
    const { source, stream } = this;
    const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.iterator = iterator;
    let slice = 0;
    while ((await this.untilRoom()) && !this.stopped) {
      const result = await iterator.next();
      if (result.done) {
        this.stopped = true;
        return true;
      }
      stream.next(await this.itemOf(result.value));
      if (++slice === SLICE) {
        slice = 0;
        await stream.turn();
      }
    }
    this.stop();
    return false;
  }

  /**
   * Tells the source that no more is asked of it, so that its `finally` blocks run: at once, even while it is being
   * waited for, since the item it makes may be a long time coming.
   */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    if (this.iterator?.return) this.closing = this.close().catch(this.onUnseenFailure);
  }

  /** Of a source that was told to close, if it can be told. */
  get closed(): Promise<unknown> | undefined {
    return this.closing;
  }

  private async close(): Promise<void> {
    await this.iterator!.return!();
  }

  private async untilRoom(): Promise<boolean> {
    while (this.stream.isOpen && !this.stream.hasRoom) await this.stream.roomAgain();
    return this.stream.isOpen;
  }

  /** As `for await`: a generator that yields promises hands out what they resolve to, and is closed when one rejects. */
  private async itemOf(value: unknown): Promise<unknown> {
    try {
      return await value;
    } catch (error) {
      this.stop();
      throw error;
    }
  }
}

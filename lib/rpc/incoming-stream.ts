import { ResourceExhaustedError } from '../errors/index.js';

/** Who takes the items of a request stream. */
export interface ItemObserver {
  next(body: unknown): void;
  end(): void;
  fail(error: unknown): void;
}

/**
 * ```
 *            attach()              end, failure
 *   buffering ------> flowing -----------------> over
 * ```
 * An end or a failure that comes while buffering is kept for the observer, behind the items.
 */
type State =
  | { is: 'buffering'; items: unknown[]; bytes: number; ending: ((observer: ItemObserver) => void) | undefined }
  | { is: 'flowing'; observer: ItemObserver }
  | { is: 'over' };

/**
 * The items that the peer streams to one call. What arrives before the handler listens is kept, up to a limit: a socket
 * cannot be paused for one call without stopping all the others.
 */
export class IncomingStream {
  private state: State = { is: 'buffering', items: [], bytes: 0, ending: undefined };

  /** @param limit in bytes, of what may wait for the handler. */
  constructor(private readonly limit: number) {}

  /** Hands over what has waited, then every item as it comes. At most once. */
  attach(observer: ItemObserver): void {
    if (this.state.is !== 'buffering') return;
    const { items, ending } = this.state;
    this.state = { is: 'flowing', observer };
    for (const item of items) {
      // An item may move the observer to end the call, and the stream with it.
      if (this.state.is !== 'flowing') return;
      observer.next(item);
    }
    if (ending) this.finish(ending);
  }

  /** @throws ResourceExhaustedError when more waits for the handler than the limit allows. */
  next(body: unknown, length: number): void {
    const { state } = this;
    if (state.is === 'flowing') state.observer.next(body);
    if (state.is !== 'buffering' || state.ending) return;
    state.bytes += length;
    if (state.bytes > this.limit) {
      throw new ResourceExhaustedError(`Over ${this.limit} bytes of the request stream wait for its handler`);
    }
    state.items.push(body);
  }

  end(): void {
    this.finish((observer) => observer.end());
  }

  fail(error: unknown): void {
    this.finish((observer) => observer.fail(error));
  }

  private finish(ending: (observer: ItemObserver) => void): void {
    const { state } = this;
    if (state.is === 'buffering') {
      state.ending ??= ending;
    } else if (state.is === 'flowing') {
      this.state = { is: 'over' };
      ending(state.observer);
    }
  }
}

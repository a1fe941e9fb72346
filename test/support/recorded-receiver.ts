import type { Receiver } from '../../lib/connection/index.js';
import type { Message } from '../../lib/contract/index.js';

/** Takes what a connection brings, for a test to look at. */
export class RecordedReceiver implements Receiver {
  awaited = 0;
  readonly messages: Message[] = [];
  readonly lengths: number[] = [];
  /** How often there was room again. */
  rooms = 0;
  /** The causes of its end: one entry, once it is closed. */
  readonly causes: (Error | undefined)[] = [];
  /** What to do with a message beside keeping it. */
  work: (message: Message) => void = () => undefined;

  receive(message: Message, length: number): void {
    this.messages.push(message);
    this.lengths.push(length);
    this.work(message);
  }

  routeOf(): undefined {
    return undefined;
  }

  roomAgain(): void {
    this.rooms++;
  }

  closed(cause: Error | undefined): void {
    this.causes.push(cause);
  }
}

import { Observable } from 'rxjs';

import { CallObservable, InFlight, type Link, type Message, Requester, SendBuffer } from '../internals.js';
import { echoOf } from '../workload/echo.js';
import { keep, type Micro } from './micro.js';

/** One is added and the oldest found and removed, while `live` others wait. */
function inFlight(live: number): Micro {
  return {
    name: `in-flight table: add, get, remove, with ${live.toLocaleString('en')} live`,
    run(count) {
      const table = new InFlight<{ readonly id: number }>();
      for (let id = 0; id < live; id++) table.add({ id });
      for (let id = live; id < live + count; id++) {
        table.add({ id });
        table.remove(table.get(id - live)!);
      }
    },
  };
}

const sendBuffer: Micro = {
  name: 'send buffer: a frame of 90 bytes, a take at 2 KiB',
  run(count) {
    const buffer = new SendBuffer(4 * 1024 * 1024);
    for (let index = 0; index < count; index++) {
      const start = buffer.reserve(90);
      buffer.bytes[start] = 89;
      buffer.commit(start + 90);
      if (buffer.pending < 2_048) continue;
      keep(buffer.take());
      buffer.recycle();
    }
  },
};

/** A link that takes a request, and has no more to do with it. */
class SilentLink implements Link {
  readonly hasRoom = true;
  readonly flushes = 0;
  sent: Message | undefined;

  send(message: Message): number {
    this.sent = message;
    return 90;
  }
  encode(): Buffer {
    return Buffer.alloc(0);
  }
  sendEncoded(): number {
    return 0;
  }
  destroy(cause: Error): void {
    throw cause;
  }
}

const requester: Micro = {
  name: 'requester: a call and its reply, no bytes',
  run(count) {
    const requester = new Requester(new SilentLink(), 1024 * 1024);
    const body = echoOf(1, 'x'.repeat(32));
    const options = {};
    const observer = { next: keep, complete: () => undefined, error: keep };
    for (let index = 0; index < count; index++) {
      const { id } = requester.call({ route: 'echo', body, options }, observer);
      requester.receive({ id, code: 0, body });
    }
  },
};

/** An observer subscribes, and gets the reply once `live` others wait for theirs. */
function subscriptions(live: number, what: string, observableOf: (begin: Begin) => Observable<unknown>): Micro {
  return {
    name: `${what}: a subscription and its reply, with ${live.toLocaleString('en')} live`,
    run(count) {
      const waiting: Replies[] = [];
      const observable = observableOf((replies) => waiting.push(replies));
      const observer = { next: keep, complete: () => undefined };
      for (let index = 0; index < count; index++) {
        observable.subscribe(observer);
        if (waiting.length < live) continue;
        const replies = waiting[index % live]!;
        waiting[index % live] = waiting.pop()!;
        replies.next(index);
        replies.complete();
      }
    },
  };
}

interface Replies {
  next(value: unknown): void;
  complete(): void;
}
type Begin = (replies: Replies) => void;
const nothing = (): void => undefined;

const bridges = [64, 10_000].flatMap((live) => [
  subscriptions(live, 'bridge to RxJS', (begin) => {
    const open = (replies: Replies): { cancel(): void } => {
      begin(replies);
      return { cancel: nothing };
    };
    return new CallObservable(open, 'echo', undefined);
  }),
  subscriptions(live, 'an Observable of RxJS', (begin) => {
    return new Observable((replies) => {
      begin(replies);
      return () => nothing();
    });
  }),
]);

export const calls: Micro[] = [inFlight(64), inFlight(10_000), sendBuffer, requester, ...bridges];

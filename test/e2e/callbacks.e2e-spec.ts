import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { type Deserializer, MessagePattern, RpcException } from '@nestjs/microservices';
import {
  ClientProtosocket,
  InvalidRequestError,
  NotSerializableError,
  ProtosocketRecordBuilder,
  ServerProtosocket,
  UnreadablePayloadError,
} from 'nestjs-protosocket';
import type { AddressInfo } from 'node:net';
import { concat, config, finalize, firstValueFrom, lastValueFrom, NEVER, Observable, of } from 'rxjs';

import { captureLog, closeServices, connectTo, logged, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { turn } from '../support/turn.js';

const begun: string[] = [];
const ended: string[] = [];

function failing(name: string): Observable<never> {
  return new Observable(() => {
    begun.push(name);
    return () => {
      ended.push(name);
      throw new Error('of the teardown');
    };
  });
}

@Controller()
class CallbacksController {
  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }

  @MessagePattern('first of many')
  async firstOfMany(items: Observable<unknown>): Promise<unknown> {
    return firstValueFrom(items);
  }

  @MessagePattern('failing')
  failing(): Observable<never> {
    return failing('failing');
  }

  @MessagePattern('failing iterable')
  async *failingIterable(): AsyncGenerator<unknown> {
    begun.push('failing iterable');
    try {
      for (;;) {
        yield 1;
        await turn();
      }
    } finally {
      ended.push('failing iterable');
      // eslint-disable-next-line no-unsafe-finally -- what this is about
      throw new Error('of the finally block');
    }
  }

  @MessagePattern('waits')
  waits(): Observable<never> {
    begun.push('waits');
    return NEVER.pipe(finalize(() => ended.push('waits')));
  }

  @MessagePattern('one and more')
  oneAndMore(): Observable<unknown> {
    return concat(of(1), NEVER).pipe(finalize(() => ended.push('one and more')));
  }

  @MessagePattern('failing reader')
  failingReader(items: Observable<unknown>): Observable<never> {
    begun.push('failing reader');
    const fails = (): never => {
      ended.push('failing reader');
      throw new Error('of the reader');
    };
    items.pipe(finalize(fails)).subscribe({ error: () => undefined });
    return NEVER;
  }

  @MessagePattern('failing item')
  failingItem(): Observable<unknown> {
    function* items(): Generator<never> {
      yield* [];
      throw new Error('of the items');
    }
    return concat(of(items()), NEVER).pipe(finalize(() => ended.push('failing item')));
  }
}

class FailingClient extends ClientProtosocket {
  protected override serializeResponse(): never {
    throw new Error('of the response');
  }

  protected override serializeError(): never {
    throw new Error('of the error');
  }
}

function failingSerializer(): never {
  throw new Error('no key');
}

const failureOf = (call: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(call, { defaultValue: undefined }).then(
    (value) => ({ value }),
    (error: unknown) => error,
  );

describe('what an application throws in its callbacks harms no other call', () => {
  let service: Service;
  beforeEach(async () => {
    captureLog();
    begun.length = ended.length = 0;
    service = await startService([CallbacksController]);
  });
  afterEach(closeServices);

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new RpcException('of the key');
      },
      'The deserializer failed: Error: of the key',
    ],
    ['rejects', () => Promise.reject(new Error('of the key')), 'The deserializer failed: Error: of the key'],
    ['answers with nothing', () => undefined, 'The deserializer answered with no packet'],
    ['answers with null', () => Promise.resolve(null), 'The deserializer answered with no packet'],
    ['answers with a text', () => 'text', 'The deserializer answered with no packet'],
  ])('a deserializer that %s: of the client, and of the server, which logs why', async (_, deserialize, why) => {
    const deserializer = { deserialize: deserialize as Deserializer['deserialize'] };
    const client = service.client({ deserializer });
    expect(await failureOf(client.send('echo', 1))).toBeInstanceOf(UnreadablePayloadError);
    expect(logged).toEqual([]);
    const sealed = (await startService([CallbacksController], { deserializer })).client();
    expect(await failureOf(sealed.send('echo', 1))).toBeInstanceOf(UnreadablePayloadError);
    expect(await failureOf(sealed.emit('echo', 1))).toBeInstanceOf(UnreadablePayloadError);
    expect(logged).toEqual(Array(2).fill(`error: The request of "echo" could not be read: ${why}`));
  });

  it('a deserializer of the server that fails for ever: no peer fills the log', async () => {
    const deserializer = { deserialize: () => Promise.reject(new Error('of the key')) };
    const client = (await startService([CallbacksController], { deserializer })).client();
    await Promise.all(Array.from({ length: 500 }, (_, i) => failureOf(client.send('echo', i))));
    expect(logged.length).toBeLessThan(100);
    expect(logged).toContain(
      'error: The request of "echo" could not be read: The deserializer failed: Error: of the key',
    );
  });

  it('a serializer that is asynchronous: of the client, and of the server', async () => {
    // What nobody handles would be the end of the process.
    const serializer = { serialize: () => Promise.reject(new Error('no key')) };
    const sealing = await startService([CallbacksController], { serializer });
    const client = service.client({ serializer });
    for (const call of [client.send('echo', 1), client.emit('echo', 1), sealing.client().send('echo', 1)]) {
      const failure = await failureOf(call);
      expect(failure).toBeInstanceOf(NotSerializableError);
      expect(failure).toMatchObject({ message: expect.stringContaining('has to be synchronous') });
    }
  });

  it('a serializer of the server: the source of an item that it cannot make is stopped', async () => {
    const sealing = await startService([CallbacksController], { serializer: { serialize: failingSerializer } });
    const client = sealing.client();
    expect(await failureOf(client.send('one and more', {}))).toBeInstanceOf(NotSerializableError);
    expect(ended).toEqual(['one and more']);
    expect(await failureOf(client.send('failing iterable', {}))).toBeInstanceOf(NotSerializableError);
    await eventually(() => ended.includes('failing iterable'));
    await eventually(() => sealing.server.getStats().inFlight === 0);
  });

  it("a serializer of the server: what it cannot make is in the server's log, with its reason", async () => {
    const sealing = await startService([CallbacksController], { serializer: { serialize: failingSerializer } });
    const client = sealing.client();
    for (const pattern of ['echo', 'failing item']) {
      logged.length = 0;
      const failure = await failureOf(client.send(pattern, {}));
      expect(failure).toBeInstanceOf(NotSerializableError);
      // As of a handler, what it threw is not told.
      expect(failure).toMatchObject({ message: 'The serializer failed' });
      expect(logged).toContain(`error: The reply of "${pattern}" was not sent: The serializer failed: Error: no key`);
    }
  });

  it('hooks of a client that look at replies and errors', async () => {
    const client = new FailingClient({ host: '127.0.0.1', port: service.port, gracePeriod: 0 });
    service.clients.push(client);
    const waits = failureOf(client.send('waits', {}));
    await eventually(() => begun.length === 1);
    expect(await failureOf(client.send('echo', 1))).toMatchObject({ message: 'of the response' });
    client.unwrap().destroy();
    expect(await waits).toMatchObject({ code: 'CONNECTION_LOST' });
    await eventually(() => client.getStats().inFlight + client.getStats().connections === 0);
  });

  describe('the teardown', () => {
    const unhandled: unknown[] = [];
    const torn = { errors: [new Error('of the teardown')] };
    const fails = finalize<unknown>(() => {
      throw new Error('of the teardown');
    });
    beforeEach(() => {
      unhandled.length = 0;
      config.onUnhandledError = (error) => unhandled.push(error);
    });
    afterEach(() => {
      config.onUnhandledError = null;
    });

    it('of a call that could not be made', async () => {
      const client = connectTo(await freePort());
      const calls = [client.send('echo', 1).pipe(fails), client.send('echo', 1), client.send('echo', 1)];
      const failed = { code: 'CONNECT_FAILED' };
      expect(await Promise.all(calls.map(failureOf))).toMatchObject([failed, failed, failed]);
      await eventually(() => unhandled.length === 1);
      expect(unhandled).toMatchObject([torn]);
    });

    it('of a call that is lost with its connection', async () => {
      const client = service.client();
      const calls = [client.send('waits', 1).pipe(fails), client.send('waits', 1)].map(failureOf);
      await eventually(() => begun.length === 2);
      client.unwrap().destroy();
      const lost = { code: 'CONNECTION_LOST' };
      expect(await Promise.all(calls)).toMatchObject([lost, lost]);
      await eventually(() => client.getStats().connections === 0 && unhandled.length === 1);
      expect(unhandled).toMatchObject([torn]);
    });

    it('of a call whose signal is aborted', async () => {
      const client = service.client();
      const controller = new AbortController();
      const record = new ProtosocketRecordBuilder(1).setSignal(controller.signal).build();
      const calls = [client.send('waits', record).pipe(fails), client.send('waits', record)].map(failureOf);
      await eventually(() => begun.length === 2);
      controller.abort();
      const cancelled = { code: 'CANCELLED' };
      expect(await Promise.all(calls)).toMatchObject([cancelled, cancelled]);
      await eventually(() => unhandled.length === 1);
      expect(unhandled).toMatchObject([torn]);
    });

    it('of a call that has its reply', async () => {
      const client = service.client();
      const calls = [client.send('echo', 1).pipe(fails), client.send('echo', 2)].map(failureOf);
      expect(await Promise.all(calls)).toEqual([{ value: 1 }, { value: 2 }]);
      await eventually(() => unhandled.length === 1);
      expect(client.getStats()).toEqual({ connections: 1, inFlight: 0 });
    });

    it('of an event that nobody acknowledges', async () => {
      const client = service.client({ acknowledgeEvents: false });
      expect(await failureOf(client.emit('echo', 1).pipe(fails))).toEqual({ value: undefined });
      await eventually(() => unhandled.length === 1);
    });
  });

  it('the teardown of who reads a request stream: as it ends, and with its connection', async () => {
    const client = service.client();
    void failureOf(client.send('failing reader', of(1)));
    await eventually(() => ended.length === 1);
    const lost = [
      client.send('failing reader', concat(of(1), NEVER)),
      client.send('waits', {}),
      client.send('failing reader', concat(of(1), NEVER)),
    ].map(failureOf);
    await eventually(() => begun.length === 4);
    client.unwrap().destroy();
    await Promise.all(lost);
    await eventually(() => ended.length === 4);
    expect(logged.join()).toContain('of the reader');
    await eventually(() => service.server.getStats().connections + service.server.getStats().inFlight === 0);
  });

  it('the teardown of a request stream', async () => {
    const client = service.client();
    const waits = failureOf(client.send('waits', {}));
    const source = new Observable((subscriber) => {
      subscriber.next(1);
      return () => {
        throw new Error('of the teardown');
      };
    });
    expect(await failureOf(client.send('first of many', source))).toEqual({ value: 1 });
    const second = failureOf(client.send('waits', source));
    await eventually(() => begun.length === 2);
    client.unwrap().destroy();
    expect(await Promise.all([waits, second])).toMatchObject([
      { code: 'CONNECTION_LOST' },
      { code: 'CONNECTION_LOST' },
    ]);
    expect(logged.join()).toContain('of the teardown');
    await eventually(() => client.getStats().connections === 0);
  });

  it('the teardown of what a handler answers with: cancelled, and with its connection', async () => {
    const client = service.client();
    const cancelled = client.send('failing', {}).subscribe();
    await eventually(() => begun.length === 1);
    cancelled.unsubscribe();
    await eventually(() => ended.length === 1);
    expect(await failureOf(client.send('echo', 1))).toEqual({ value: 1 });
    const lost = ['failing', 'waits'].map((pattern) => failureOf(client.send(pattern, {})));
    await eventually(() => begun.length === 3);
    client.unwrap().destroy();
    expect(await Promise.all(lost)).toMatchObject([{ code: 'CONNECTION_LOST' }, { code: 'CONNECTION_LOST' }]);
    await eventually(() => ended.includes('waits'));
    expect(logged.join()).toContain('of the teardown');
    await eventually(() => service.server.getStats().connections + service.server.getStats().inFlight === 0);
  });

  it('the finally block of an iterable that is cancelled: of a handler, and of a request stream', async () => {
    const client = service.client();
    const call = client.send('failing iterable', {}).subscribe();
    await eventually(() => begun.length === 1);
    call.unsubscribe();
    await eventually(() => logged.includes('error: of the finally block'));
    await eventually(() => service.server.getStats().inFlight === 0);
    logged.length = 0;
    const items = new CallbacksController().failingIterable();
    expect(await failureOf(client.send('first of many', items))).toEqual({ value: 1 });
    await eventually(() => logged.includes('error: of the finally block'));
    expect(ended).toEqual(['failing iterable', 'failing iterable']);
  });

  it.each<[string, (text: string) => unknown]>([
    [
      'throw',
      (text) => {
        throw new Error(text);
      },
    ],
    ['reject', (text) => Promise.reject(new Error(text))],
  ])("instrumentation's hooks around the work on a call that %s", async (_, fail) => {
    const client = service.client();
    service.server.setOnProcessingEndHook(() => fail('of the end'));
    for (let i = 0; i < 3; i++) expect(await failureOf(client.send('echo', i))).toEqual({ value: i });
    await eventually(() => service.server.getStats().inFlight === 0);
    expect(logged.splice(0)).toEqual(Array(3).fill('error: of the end'));
    service.server.setOnProcessingStartHook(() => fail('of the start'));
    expect(await failureOf(client.send('echo', 1))).toMatchObject({ status: 'error' });
    expect(service.server.getStats()).toEqual({ connections: 1, inFlight: 0 });
    await eventually(() => logged.length === 2);
    expect(logged).toEqual(expect.arrayContaining(['error: of the start', 'error: of the end']));
  });

  it('a hook around the work on a call that fails when the work has begun: the handler answers', async () => {
    const client = service.client();
    service.server.setOnProcessingStartHook((_, __, done) => {
      void done();
      throw new Error('of the start');
    });
    expect(await failureOf(client.send('first of many', of(1)))).toEqual({ value: 1 });
    expect(logged).toEqual(['error: of the start']);
  });

  it('an iterable among the items of a handler: the rest of them is stopped', async () => {
    expect(await failureOf(service.client().send('failing item', {}))).toMatchObject({ status: 'error' });
    await eventually(() => ended.includes('failing item'));
  });

  it('an event whose pattern has no JSON is named in the log all the same', async () => {
    const client = new ClientProtosocket({ host: '127.0.0.1', port: service.port });
    await service.app.close();
    client.emit({ a: 1n }, {});
    await eventually(() => logged.some((line) => line.includes('was not delivered')));
    await client.close();
  });

  it('a hook that looks at what is sent: the event fails, as a call does', async () => {
    const client = service.client();
    client.setOnDispatchHook(() => {
      throw new Error('of the hook');
    });
    for (const sent of [client.send('echo', 1), client.emit('echo', 1)]) {
      expect(await failureOf(sent)).toMatchObject({ message: 'of the hook' });
    }
  });

  it("a listener of a client's sockets: its calls and close() come to their end", async () => {
    const client = service.client();
    const statuses: string[] = [];
    client.status.subscribe((status) => statuses.push(status));
    for (const event of ['connect', 'close']) {
      client.on(event, () => {
        throw new Error(`of ${event}`);
      });
    }
    const waits = failureOf(client.send('waits', {}));
    await eventually(() => begun.length === 1);
    // To a socket that is there already.
    client.on('close', () => {
      throw new Error('of the second close');
    });
    client.unwrap().destroy();
    expect(await waits).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(statuses).toEqual(['connected', 'disconnected']);
    await client.close();
    const errors = logged.filter((line) => line.startsWith('error'));
    expect(errors).toEqual(['error: of connect', 'error: of close', 'error: of the second close']);
  });

  it("a listener of the server's: it listens, takes connections and closes", async () => {
    const server = new ServerProtosocket({ host: '127.0.0.1', port: 0 });
    const fails = (event: string): void =>
      server.on(event, () => {
        throw new Error(`of ${event}`);
      });
    fails('listening');
    fails('close');
    expect(await new Promise((resolve) => server.listen(resolve))).toBeUndefined();
    fails('connection');
    const client = connectTo((server.unwrap().address() as AddressInfo).port);
    await client.connect();
    await client.close();
    await server.close();
    expect(logged).toEqual(['error: of listening', 'error: of connection', 'error: of close']);
  });

  it('metadata that cannot become a text', async () => {
    const metadata = { a: Object.create(null) as string };
    const record = new ProtosocketRecordBuilder(1).setMetadata(metadata).build();
    expect(await failureOf(service.client().send('echo', record))).toBeInstanceOf(InvalidRequestError);
  });
});

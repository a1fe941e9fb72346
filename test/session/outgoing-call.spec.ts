import { afterEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';

import {
  CancelledError,
  ConnectFailedError,
  ConnectionLostError,
  DeadlineExceededError,
  NotSerializableError,
} from '../../lib/errors/index.js';
import type { OutgoingStream } from '../../lib/rpc/index.js';
import { type CallOptions, openCall } from '../../lib/session/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, TestConnector, TestListener } from '../support/sessions.js';

/** A call, with its options beside the rest. */
interface Asked extends CallOptions {
  readonly route?: string;
  readonly body?: unknown;
}

interface Opened {
  server: TestListener;
  client: TestConnector;
  reply: RecordedReply;
  open: (asked?: Asked) => { cancel(): void };
  /** What reached the server by the time that a last call did. */
  served: () => Promise<string[]>;
}

/** A server that answers `echo`, and a client that has not connected yet. */
async function set(): Promise<Opened> {
  const server = await new TestListener().listen();
  server.handler.work = (call) => {
    if (call.route === 'echo') call.reply(call.body);
  };
  const client = new TestConnector(server.port);
  const reply = new RecordedReply();
  const call = ({ body, route = 'wait', ...options }: Asked, observer: RecordedReply): { cancel(): void } => {
    const request = { route, body: body ?? (options.feed ? undefined : 1), options };
    return openCall(client.connector, request, observer, client.clock);
  };
  return {
    server,
    client,
    reply,
    open: (asked = {}) => call(asked, reply),
    async served() {
      const last = new RecordedReply();
      call({ route: 'echo' }, last);
      await eventually(() => last.ends.length > 0);
      return server.handler.started.map(({ route }) => route).slice(0, -1);
    },
  };
}

/** All that a call may leave behind. */
function leftovers({ client }: Opened, signal?: AbortSignal): number[] {
  return [client.clock.pending, client.connector.inFlightCount, signal ? getEventListeners(signal, 'abort').length : 0];
}

describe('openCall', () => {
  afterEach(closeSessions);

  describe.each([
    ['before there is a connection', false],
    ['over a connection that stands', true],
  ])('%s', (_, connected) => {
    async function setUp(): Promise<Opened> {
      const opened = await set();
      if (connected) await opened.client.connector.connect();
      return opened;
    }

    it('brings the reply', async () => {
      const opened = await setUp();
      const { signal } = new AbortController();
      opened.open({ route: 'echo', timeout: 1_000, signal });
      await eventually(() => opened.reply.ends.length > 0);
      expect(opened.reply.items).toEqual([1]);
      expect(opened.reply.isCompleted).toBe(true);
      expect(leftovers(opened, signal)).toEqual([0, 0, 0]);
    });

    it('sends nothing when its signal is aborted already', async () => {
      const opened = await setUp();
      opened.open({ signal: AbortSignal.abort('why'), timeout: 100 });
      expect(opened.reply.failure).toBeInstanceOf(CancelledError);
      expect((opened.reply.failure as Error).cause).toBe('why');
      expect(leftovers(opened)).toEqual([0, 0, 0]);
      expect(await opened.served()).toEqual([]);
    });

    it('fails when its signal is aborted', async () => {
      const opened = await setUp();
      const controller = new AbortController();
      opened.open({ signal: controller.signal, timeout: 100 });
      controller.abort('why');
      expect(opened.reply.failure).toBeInstanceOf(CancelledError);
      expect((opened.reply.failure as Error).cause).toBe('why');
      expect(leftovers(opened, controller.signal)).toEqual([0, 0, 0]);
      const served = await opened.served();
      expect(served).toEqual(connected ? ['wait'] : []);
      expect(opened.server.handler.started.every(({ isOpen }) => !isOpen)).toBe(true);
      expect(opened.reply.ends).toHaveLength(1);
    });

    it('shares its signal with others: all fail, and Node has no reason to warn of their listeners', async () => {
      const opened = await setUp();
      const controller = new AbortController();
      for (let i = 0; i < 20; i++) opened.open({ signal: controller.signal });
      expect(leftovers(opened, controller.signal)[2]).toBe(1);
      controller.abort();
      expect(opened.reply.ends).toHaveLength(20);
      expect(leftovers(opened, controller.signal)).toEqual([0, 0, 0]);
    });

    it('fails when its timeout is over', async () => {
      const opened = await setUp();
      const { signal } = new AbortController();
      opened.open({ signal, timeout: 100 });
      opened.client.clock.advance(99);
      expect(opened.reply.ends).toEqual([]);
      opened.client.clock.advance(1);
      expect(opened.reply.failure).toBeInstanceOf(DeadlineExceededError);
      expect(leftovers(opened, signal)).toEqual([0, 0, 0]);
      const served = await opened.served();
      expect(served).toEqual(connected ? ['wait'] : []);
      expect(opened.server.handler.started.every(({ isOpen }) => !isOpen)).toBe(true);
      expect(opened.reply.ends).toHaveLength(1);
    });

    it('tells the peer, and its observer nothing, when it is cancelled', async () => {
      const opened = await setUp();
      const { signal } = new AbortController();
      const call = opened.open({ signal, timeout: 100 });
      call.cancel();
      call.cancel();
      expect(leftovers(opened, signal)).toEqual([0, 0, 0]);
      const served = await opened.served();
      expect(served).toEqual(connected ? ['wait'] : []);
      expect(opened.server.handler.started.every(({ isOpen }) => !isOpen)).toBe(true);
      opened.client.clock.advance(100);
      expect(opened.reply.ends).toEqual([]);
    });

    it('fails with what cannot be put into bytes', async () => {
      const opened = await setUp();
      const { signal } = new AbortController();
      let fed = 0;
      opened.open({ body: 1n, signal, timeout: 100, feed: () => () => fed++ });
      await eventually(() => opened.reply.ends.length > 0);
      expect(opened.reply.failure).toBeInstanceOf(NotSerializableError);
      expect(leftovers(opened, signal)).toEqual([0, 0, 0]);
      expect(fed).toBe(0);
    });

    it('fails when its signal is aborted while its payload is put into bytes, and tells the peer', async () => {
      const opened = await setUp();
      const controller = new AbortController();
      opened.open({ signal: controller.signal, body: { toJSON: () => (controller.abort(), 'aborted') } });
      await eventually(() => opened.reply.ends.length > 0);
      expect(opened.reply.failure).toBeInstanceOf(CancelledError);
      await opened.served();
      expect(leftovers(opened, controller.signal)).toEqual([0, 0, 0]);
      expect(opened.server.handler.started.every(({ isOpen }) => !isOpen)).toBe(true);
      expect(opened.reply.ends).toHaveLength(1);
    });

    it('fails once when it is aborted by a payload that cannot be put into bytes', async () => {
      const opened = await setUp();
      const controller = new AbortController();
      const toJSON = (): never => {
        controller.abort();
        throw new Error('no');
      };
      opened.open({ signal: controller.signal, body: { toJSON } });
      await eventually(() => opened.reply.ends.length > 0);
      await opened.served();
      expect(opened.reply.failure).toBeInstanceOf(CancelledError);
      expect(opened.reply.ends).toHaveLength(1);
      expect(leftovers(opened, controller.signal)).toEqual([0, 0, 0]);
    });

    it('feeds a request stream, and stops it once when the call is settled', async () => {
      const opened = await setUp();
      const log: string[] = [];
      let fed: OutgoingStream | undefined;
      opened.open({
        feed: (stream) => {
          log.push('feed');
          fed = stream;
          return () => log.push('stop');
        },
      });
      await eventually(() => opened.server.handler.started.length > 0);
      const [call] = opened.server.handler.started;
      const items: unknown[] = [];
      call!.requests!.attach({
        next: (item) => items.push(item),
        end: () => items.push('end'),
        fail: () => items.push('failed'),
      });
      fed!.next('item');
      fed!.end();
      await eventually(() => items.length === 2);
      expect(items).toEqual(['item', 'end']);
      expect(log).toEqual(['feed']);
      call!.reply('done');
      await eventually(() => opened.reply.ends.length > 0);
      expect(log).toEqual(['feed', 'stop']);
    });

    it('stops a request stream that has settled the call while it began', async () => {
      const opened = await setUp();
      const log: string[] = [];
      opened.open({
        feed: (stream) => {
          stream.fail(new Error('source'));
          return () => log.push('stop');
        },
      });
      await eventually(() => opened.reply.ends.length > 0);
      expect(log).toEqual(['stop']);
      expect(opened.reply.failure).toMatchObject({ message: 'source' });
    });
  });

  it('counts the time to connect against the timeout', async () => {
    const opened = await set();
    opened.open({ timeout: 100 });
    opened.client.clock.advance(30);
    await eventually(() => opened.server.handler.started.length > 0);
    expect(opened.server.handler.started[0]!.remaining).toBe(70);
    opened.client.clock.advance(70);
    expect(opened.reply.failure).toBeInstanceOf(DeadlineExceededError);
  });

  it('feeds nothing when it is cancelled before it connects', async () => {
    const opened = await set();
    let fed = 0;
    opened.open({ feed: () => () => fed++ }).cancel();
    expect(await opened.served()).toEqual([]);
    expect(fed).toBe(0);
  });

  it('fails once when no connection can be made', async () => {
    const client = new TestConnector(await freePort());
    const reply = new RecordedReply();
    const controller = new AbortController();
    openCall(
      client.connector,
      { route: 'r', body: 1, options: { timeout: 100, signal: controller.signal } },
      reply,
      client.clock,
    );
    await eventually(() => reply.ends.length > 0);
    controller.abort();
    client.clock.advance(100);
    expect(reply.failure).toBeInstanceOf(ConnectFailedError);
    expect(reply.ends).toHaveLength(1);
    expect(client.clock.pending).toBe(0);
  });

  it('goes over a new connection when the one that stood is lost', async () => {
    const opened = await set();
    const { socket } = await opened.client.connector.connect();
    opened.open();
    await eventually(() => opened.server.handler.started.length > 0);
    socket.destroy();
    await opened.served();
    expect(opened.reply.failure).toBeInstanceOf(ConnectionLostError);
    expect(opened.client.sessions).toHaveLength(2);
  });
});

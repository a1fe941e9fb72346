import { afterEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';

import {
  CancelledError,
  ConnectFailedError,
  DeadlineExceededError,
  NotSerializableError,
} from '../../lib/errors/index.js';
import { type CallOptions, type Connector, notify, openCall, Pool } from '../../lib/session/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, TestConnector, TestListener } from '../support/sessions.js';

async function set(): Promise<{ server: TestListener; client: TestConnector }> {
  const server = await new TestListener().listen();
  return { server, client: new TestConnector(server.port) };
}

function call({ connector }: TestConnector, route: string): void {
  openCall(connector, { route, body: 1, options: {} }, new RecordedReply());
}

describe('notify', () => {
  afterEach(closeSessions);

  it('connects if it has to, and resolves when the event is on its way', async () => {
    const { server, client } = await set();
    await notify(client.connector, { route: 'event', body: 1, options: { event: true } });
    await eventually(() => server.handler.started.length > 0);
    expect(server.handler.started[0]).toMatchObject({ id: 0, route: 'event', body: 1, event: true });
  });

  it('keeps its place among the calls', async () => {
    const { server, client } = await set();
    await client.connector.connect();
    call(client, 'before');
    void notify(client.connector, { route: 'event', body: 1, options: { event: true } });
    call(client, 'after');
    await eventually(() => server.handler.started.length === 3);
    expect(server.handler.started.map(({ route }) => route)).toEqual(['before', 'event', 'after']);
  });

  it.each([
    ['one', (connector: Connector) => connector],
    ['one of several', (connector: Connector) => new Pool([connector], () => undefined)],
  ])('keeps its place among the calls that wait for a connection, for %s', async (_, sourceOf) => {
    const { server, client } = await set();
    const source = sourceOf(client.connector);
    const routes = Array.from({ length: 8 }, (_, i) => `r${i}`);
    for (const [i, route] of routes.entries()) {
      // Those that have a timeout, and those that have not; those that would wait longer, and those that would not.
      const options = { event: i % 2 === 0, timeout: i % 3 === 0 ? 1_000 : undefined, waitForReady: i > 3 };
      if (options.event) void notify(source, { route, body: 1, options }, client.clock);
      else openCall(source, { route, body: 1, options }, new RecordedReply(), client.clock);
    }
    await eventually(() => server.handler.started.length === routes.length);
    expect(server.handler.started.map(({ route }) => route)).toEqual(routes);
  });

  it('sends nothing when its signal is aborted already', async () => {
    const { server, client } = await set();
    await client.connector.connect();
    const options = { event: true, signal: AbortSignal.abort('enough') };
    await expect(notify(client.connector, { route: 'event', body: 1, options })).rejects.toThrow(CancelledError);
    call(client, 'after');
    await eventually(() => server.handler.started.length > 0);
    expect(server.handler.started.map(({ route }) => route)).toEqual(['after']);
  });

  it('waits for a connection no longer than its signal and its timeout say', async () => {
    const { clock, connector } = new TestConnector(await freePort());
    const abortion = new AbortController();
    const waiting = { event: true, waitForReady: true, signal: abortion.signal };
    const send = (options: CallOptions): Promise<unknown> =>
      notify(connector, { route: 'event', body: 1, options }, clock).catch((error: unknown) => error);
    const [cancelled, late] = [send(waiting), send({ ...waiting, timeout: 100 })];
    clock.advance(100);
    expect(await late).toBeInstanceOf(DeadlineExceededError);
    expect(getEventListeners(abortion.signal, 'abort')).toHaveLength(1);
    abortion.abort();
    expect(await cancelled).toBeInstanceOf(CancelledError);
    expect(getEventListeners(abortion.signal, 'abort')).toHaveLength(0);
  });

  it('counts the time to connect against the timeout, and leaves no timer behind', async () => {
    const { server, client } = await set();
    const sent = notify(
      client.connector,
      { route: 'event', body: 1, options: { event: true, timeout: 100 } },
      client.clock,
    );
    client.clock.advance(30);
    await sent;
    await eventually(() => server.handler.started.length > 0);
    expect(server.handler.started[0]!.remaining).toBe(70);
    expect(client.clock.pending).toBe(0);
  });

  it('rejects when the event cannot be sent', async () => {
    const { client } = await set();
    await expect(notify(client.connector, { route: 'r', body: 1n, options: { event: true } })).rejects.toThrow(
      NotSerializableError,
    );
    const lost = new TestConnector(await freePort());
    await expect(notify(lost.connector, { route: 'r', body: 1, options: { event: true } })).rejects.toThrow(
      ConnectFailedError,
    );
  });
});

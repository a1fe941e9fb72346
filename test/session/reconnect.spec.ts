import { afterEach, describe, expect, it } from '@jest/globals';

import { ConnectFailedError, DeadlineExceededError } from '../../lib/errors/index.js';
import { notify, openCall, Pool } from '../../lib/session/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, TestConnector, TestListener } from '../support/sessions.js';
import { closeTcpServers, TcpServer } from '../support/tcp-server.js';
import { turn } from '../support/turn.js';

const longest = (): number => 0.999;

/** A client whose next attempt is over a second away, since so many have failed. */
async function discouraged(port: number): Promise<TestConnector> {
  const client = new TestConnector(port, {}, longest);
  for (let failures = 1; client.failures < 6; failures++) {
    const attempt = client.connector.connect().catch(() => undefined);
    client.clock.advance(1_000);
    await attempt;
    expect(client.failures).toBe(failures);
  }
  return client;
}

describe('Connector, after an attempt that failed', () => {
  afterEach(closeSessions);
  afterEach(closeTcpServers);

  it('makes those who come wait for the next attempt, all together', async () => {
    const port = await freePort();
    const client = new TestConnector(port, {}, longest);
    await expect(client.connector.connect()).rejects.toThrow(ConnectFailedError);
    const attempts = [client.connector.connect(), client.connector.connect({ waitForReady: true })];
    await turn();
    expect([client.sockets, client.clock.pending]).toEqual([1, 1]);
    await new TestListener().listen({ host: '127.0.0.1', port });
    client.clock.advance(100);
    const sessions = await Promise.all(attempts);
    expect(sessions[0]).toBe(sessions[1]);
    expect(client.sockets).toBe(2);
  });

  it('serves those who waited for the next attempt before those who came while it was made', async () => {
    const port = await freePort();
    let greeted!: () => void;
    const greeting = new Promise<void>((resolve) => (greeted = resolve));
    const client = new TestConnector(port, { greet: () => greeting }, longest);
    await expect(client.connector.connect()).rejects.toThrow(ConnectFailedError);
    const call = (route: string, waitForReady = false): void => {
      openCall(client.connector, { route, body: 1, options: { waitForReady } }, new RecordedReply());
    };
    call('first');
    call('second', true);
    call('third');
    const server = await new TestListener().listen({ host: '127.0.0.1', port });
    client.clock.advance(100);
    await eventually(() => client.connector.connectionCount === 1);
    call('fourth', true);
    call('fifth');
    greeted();
    await eventually(() => server.handler.started.length === 5);
    expect(server.handler.started.map(({ route }) => route)).toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
  });

  it('fails those who do not wait at once, while the next attempt is over a second away', async () => {
    const client = await discouraged(await freePort());
    const error: unknown = await client.connector.connect().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectFailedError);
    expect((error as Error).message).toMatch(/the next attempt is in \d+ ms/);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(client.sockets).toBe(6);
  });

  it('keeps those who wait until an attempt succeeds', async () => {
    const port = await freePort();
    const client = await discouraged(port);
    const connecting = client.connector.connect({ waitForReady: true });
    for (let failures = 7; failures < 10; failures++) {
      client.clock.advance(30_000);
      await eventually(() => client.failures === failures && client.clock.pending === 1);
    }
    await new TestListener().listen({ host: '127.0.0.1', port });
    client.clock.advance(30_000);
    await connecting;
    expect(client.sockets).toBe(10);
    expect(client.clock.pending).toBe(0);
  });

  it('makes no more attempts when nobody waits any more', async () => {
    const client = await discouraged(await freePort());
    const reply = new RecordedReply();
    openCall(
      client.connector,
      { route: 'r', body: 1, options: { waitForReady: true, timeout: 5_000 } },
      reply,
      client.clock,
    );
    await turn();
    client.clock.advance(5_000);
    expect(reply.failure).toBeInstanceOf(DeadlineExceededError);
    for (let i = 0; i < 3; i++) {
      client.clock.advance(30_000);
      await turn();
    }
    await eventually(() => client.clock.pending === 0 && client.failures === client.sockets);
    expect(client.sockets).toBe(6);
    expect(reply.ends).toHaveLength(1);
  });

  it.each(['the connector', 'a pool'])('says with a deadline why there was no connection (%s)', async (of) => {
    const client = await discouraged(await freePort());
    const source = of === 'a pool' ? new Pool([client.connector], () => undefined) : client.connector;
    const reply = new RecordedReply();
    const options = { waitForReady: true, timeout: 50 };
    openCall(source, { route: 'r', body: 1, options }, reply, client.clock);
    const event = notify(source, { route: 'r', body: 1, options }, client.clock).catch((error: unknown) => error);
    client.clock.advance(50);
    for (const failure of [reply.failure, await event]) {
      expect(failure).toBeInstanceOf(DeadlineExceededError);
      expect((failure as Error).cause).toMatchObject({ code: 'CONNECT_FAILED', cause: { code: 'ECONNREFUSED' } });
    }
  });

  it('blames no failure from before the connection that a call was made over', async () => {
    const port = await freePort();
    const client = await discouraged(port);
    await new TestListener().listen({ host: '127.0.0.1', port });
    client.clock.advance(30_000);
    const session = await client.connector.connect();
    await eventually(() => session.socket.bytesRead > 0);
    const reply = new RecordedReply();
    openCall(client.connector, { route: 'r', body: 1, options: { timeout: 50 } }, reply, client.clock);
    client.clock.advance(50);
    expect(reply.failure).toBeInstanceOf(DeadlineExceededError);
    expect((reply.failure as Error).cause).toBeUndefined();
  });

  it('knows of no failure once it is connected, whatever becomes of the connection', async () => {
    const port = await freePort();
    const client = await discouraged(port);
    await new TestListener().listen({ host: '127.0.0.1', port });
    client.clock.advance(30_000);
    const { socket } = await client.connector.connect();
    expect(client.connector.lastFailure).toBeUndefined();
    socket.destroy();
    const next = client.connector.connect();
    expect(client.connector.lastFailure).toBeUndefined();
    await next;
  });

  it('lets close() end the wait, and begins anew after it', async () => {
    const port = await freePort();
    const client = await discouraged(port);
    const waiting = expect(client.connector.connect({ waitForReady: true })).rejects.toThrow(/was closed/);
    await turn();
    await client.connector.close(1_000);
    await waiting;
    expect(client.clock.pending).toBe(0);
    await new TestListener().listen({ host: '127.0.0.1', port });
    await client.connector.connect();
  });

  it('is patient again once a connection has stood', async () => {
    const port = await freePort();
    const client = await discouraged(port);
    const server = await new TestListener().listen({ host: '127.0.0.1', port });
    client.clock.advance(2_000);
    const { socket } = await client.connector.connect();
    // The answer to its first ping shows that somebody is there.
    await eventually(() => socket.bytesRead > 0);
    await server.listener.close(0);
    await eventually(() => client.connector.connectionCount === 0);
    await expect(client.connector.connect()).rejects.toThrow(ConnectFailedError);
    expect(client.sockets).toBe(8);
  });

  it('is patient again once a connection has stood, also when its calls go on over the next one', async () => {
    const port = await freePort();
    const client = await discouraged(port);
    const server = await new TestListener().listen({ host: '127.0.0.1', port });
    client.clock.advance(2_000);
    const { requester, socket } = await client.connector.connect();
    requester.call({ route: 'r', body: 1, options: { idempotent: true } }, new RecordedReply());
    await eventually(() => server.handler.started.length === 1 && socket.bytesRead > 0);
    const cause = new Error('of the socket');
    socket.destroy(cause);
    await server.listener.close(0);
    // The attempt for the call.
    await eventually(() => client.failures === 7);
    expect(client.closures).toEqual([cause]);
    const attempt = expect(client.connector.connect()).rejects.toThrow(ConnectFailedError);
    client.clock.advance(100);
    await attempt;
    expect(client.sockets).toBe(9);
  });

  it('takes a connection that is closed at once for a failure', async () => {
    const mute = await TcpServer.listen();
    const client = new TestConnector(mute.port, {}, longest);
    for (let attempt = 1; attempt < 7; attempt++) {
      const connecting = client.connector.connect();
      client.clock.advance(1_000);
      await connecting;
      await eventually(() => mute.sockets.length === attempt);
      mute.sockets.at(-1)!.destroy();
      await eventually(() => client.closures.length === attempt);
    }
    await expect(client.connector.connect()).rejects.toThrow(/closed the connection at once; the next attempt is in/);
    expect(client.sockets).toBe(6);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';

import { ConnectFailedError, ConnectionLostError } from '../../lib/errors/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, pskClient, pskServer, TestConnector, TestListener } from '../support/sessions.js';
import { closeTcpServers, TcpServer } from '../support/tcp-server.js';
import { turn } from '../support/turn.js';

const request = { route: 'r', body: 1, options: {} };

describe('Connector', () => {
  afterEach(closeSessions);
  afterEach(closeTcpServers);

  describe('connect()', () => {
    it('makes one connection for all who ask', async () => {
      const { port, listener } = await new TestListener().listen();
      const client = new TestConnector(port);
      const sessions = await Promise.all([1, 2, 3].map(() => client.connector.connect()));
      expect(new Set(sessions).size).toBe(1);
      expect(await client.connector.connect()).toBe(sessions[0]);
      expect(client.connector.session).toBe(sessions[0]);
      expect([client.sockets, client.sessions.length, client.connector.connectionCount]).toEqual([1, 1, 1]);
      await eventually(() => listener.connectionCount === 1);
    });

    it('tells all who ask of a failure, and keeps it from those who ask later', async () => {
      const port = await freePort();
      const client = new TestConnector(port);
      const attempts = [client.connector.connect(), client.connector.connect()];
      for (const attempt of attempts) {
        const error: unknown = await attempt.catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(ConnectFailedError);
        expect((error as Error).message).toContain(`127.0.0.1:${port}`);
        expect((error as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
      }
      expect([client.sockets, client.failures, client.closures.length]).toEqual([1, 1, 0]);
      await new TestListener().listen({ host: '127.0.0.1', port });
      await expect(client.connector.connect()).resolves.toBeDefined();
      expect(client.failures).toBe(1);
    });

    it('fails after connectTimeout, TLS handshake included', async () => {
      const mute = await TcpServer.listen();
      const client = new TestConnector(mute.port, { connectTimeout: 500, tlsOptions: pskClient });
      const attempt = expect(client.connector.connect()).rejects.toThrow(/within 500 ms/);
      await eventually(() => mute.sockets.length === 1);
      client.clock.advance(500);
      await attempt;
      expect([client.failures, client.connector.connectionCount]).toEqual([1, 0]);
      await eventually(() => mute.sockets[0]!.destroyed);
    });

    it('leaves no timer behind, whether it succeeds or fails', async () => {
      const { port } = await new TestListener().listen();
      const success = new TestConnector(port, { connectTimeout: 500 });
      await success.connector.connect();
      const failure = new TestConnector(await freePort(), { connectTimeout: 500 });
      await expect(failure.connector.connect()).rejects.toThrow(ConnectFailedError);
      expect([success.clock.pending, failure.clock.pending]).toEqual([0, 0]);
    });

    it('fails when the peer closes during the handshake', async () => {
      const mute = await TcpServer.listen();
      const client = new TestConnector(mute.port, { tlsOptions: pskClient });
      const attempt = expect(client.connector.connect()).rejects.toThrow(ConnectFailedError);
      await eventually(() => mute.sockets.length === 1);
      mute.sockets[0]!.destroy();
      await attempt;
    });

    it('fails, and does not throw, for TLS options that make no connection', async () => {
      const client = new TestConnector(await freePort(), { tlsOptions: { cert: 'no certificate' } });
      let attempt: Promise<unknown> | undefined;
      expect(() => (attempt = client.connector.connect())).not.toThrow();
      await expect(attempt).rejects.toThrow(ConnectFailedError);
    });

    it('speaks TLS', async () => {
      const server = await new TestListener(pskServer).listen();
      server.handler.work = (call) => call.reply('over TLS');
      const client = new TestConnector(server.port, { tlsOptions: pskClient });
      const { requester } = await client.connector.connect();
      const reply = new RecordedReply();
      requester.call(request, reply);
      await eventually(() => reply.isCompleted);
      expect(reply.items).toEqual(['over TLS']);
    });
  });

  describe('a connection that is lost', () => {
    it('is no session any more, is told once, and is made anew when it is needed', async () => {
      const server = await new TestListener().listen();
      const client = new TestConnector(server.port);
      const { socket } = await client.connector.connect();
      const cause = new Error('of the socket');
      socket.destroy(cause);
      // At once: a call that comes now must not go to it.
      expect(client.connector.session).toBeUndefined();
      await eventually(() => client.closures.length > 0);
      expect(client.closures).toEqual([cause]);
      expect(client.connector.connectionCount).toBe(0);
      await client.connector.connect();
      expect(client.sessions).toHaveLength(2);
    });

    it('fails its calls, which are those in flight', async () => {
      const server = await new TestListener().listen();
      const client = new TestConnector(server.port);
      const { requester, socket } = await client.connector.connect();
      const reply = new RecordedReply();
      requester.call(request, reply);
      expect(client.connector.inFlightCount).toBe(1);
      await eventually(() => server.handler.started.length === 1);
      socket.destroy();
      await eventually(() => reply.ends.length > 0);
      expect(reply.failure).toBeInstanceOf(ConnectionLostError);
      expect(client.connector.inFlightCount).toBe(0);
    });
  });

  describe('close()', () => {
    it('gives up a connection that is being made; who waits for it is told', async () => {
      const { port, listener } = await new TestListener().listen();
      const client = new TestConnector(port);
      const attempt = expect(client.connector.connect()).rejects.toThrow(ConnectFailedError);
      await client.connector.close(0);
      await attempt;
      expect(client.sessions).toEqual([]);
      await client.connector.connect();
      expect(client.sessions).toHaveLength(1);
      await eventually(() => listener.connectionCount === 1);
    });

    it('gives up a connection that is being made, though the next is made at once', async () => {
      const { port } = await new TestListener().listen();
      const client = new TestConnector(port);
      const first = expect(client.connector.connect()).rejects.toThrow(ConnectFailedError);
      void client.connector.close(0);
      const second = await client.connector.connect();
      await first;
      expect(client.connector.session).toBe(second);
      expect(client.connector.connectionCount).toBe(1);
    });

    it('lets calls in flight end, and closes then', async () => {
      const server = await new TestListener().listen();
      const client = new TestConnector(server.port);
      const { requester } = await client.connector.connect();
      const reply = new RecordedReply();
      requester.call(request, reply);
      await eventually(() => server.handler.started.length === 1);
      const closed = client.connector.close(1_000);
      await turn();
      expect(client.connector.session).toBeUndefined();
      expect(client.connector.inFlightCount).toBe(1);
      server.handler.started[0]!.reply('in time');
      await closed;
      expect(reply.items).toEqual(['in time']);
      expect([client.closures, client.connector.connectionCount, client.clock.pending]).toEqual([[undefined], 0, 0]);
    });

    it.each([0, 1_000])('cuts what is still in flight after a grace period of %d ms', async (grace) => {
      const server = await new TestListener().listen();
      const client = new TestConnector(server.port);
      const { requester } = await client.connector.connect();
      const reply = new RecordedReply();
      requester.call(request, reply);
      const closed = client.connector.close(grace);
      client.clock.advance(grace);
      await closed;
      expect(reply.failure).toBeInstanceOf(ConnectionLostError);
      expect(reply.ends).toHaveLength(1);
    });

    it('may be called twice: both resolve when the last call has ended', async () => {
      const server = await new TestListener().listen();
      const client = new TestConnector(server.port);
      const { requester } = await client.connector.connect();
      requester.call(request, new RecordedReply());
      await eventually(() => server.handler.started.length === 1);
      const closed = [client.connector.close(1_000), client.connector.close(1_000)];
      server.handler.started[0]!.reply(1);
      await Promise.all(closed);
    });

    it('ends the wait of all others when it is called by one who is told of a failure', async () => {
      const client = new TestConnector(await freePort(), {}, () => 0.999);
      const closes = (): void => void client.connector.close(0);
      client.connector.connectFor({ isWanted: () => true, connected: closes, failed: closes });
      await expect(client.connector.connect({ waitForReady: true })).rejects.toThrow(/was closed/);
      expect([client.sockets, client.clock.pending]).toEqual([1, 0]);
    });

    it('ends the wait of all others when it is called by one who is told of the connection', async () => {
      const { port } = await new TestListener().listen();
      const client = new TestConnector(port);
      const closes = (): void => void client.connector.close(0);
      client.connector.connectFor({ isWanted: () => true, connected: closes, failed: closes });
      await expect(client.connector.connect()).rejects.toThrow(/was closed/);
      await eventually(() => client.connector.connectionCount === 0);
      expect(client.sockets).toBe(1);
    });

    it('has calls that are lost fail, and not go on, when it is called by one of them', async () => {
      const server = await new TestListener().listen();
      const client = new TestConnector(server.port);
      const { requester, socket } = await client.connector.connect();
      class Closing extends RecordedReply {
        override error(error: unknown): void {
          super.error(error);
          void client.connector.close(0);
        }
      }
      const replies = [new Closing(), new RecordedReply()];
      requester.call(request, replies[0]!);
      requester.call({ ...request, options: { idempotent: true } }, replies[1]!);
      await eventually(() => server.handler.started.length === 2);
      socket.destroy();
      await eventually(() => replies.every(({ ends }) => ends.length === 1));
      expect(replies[1]!.failure).toBeInstanceOf(ConnectionLostError);
      expect([client.sockets, client.closures]).toEqual([1, [undefined]]);
    });

    it('of what was never connected resolves', async () => {
      await new TestConnector(1).connector.close(1_000);
    });

    it('of an old connection says nothing about the one that stands', async () => {
      const server = await new TestListener().listen();
      const client = new TestConnector(server.port);
      const { requester } = await client.connector.connect();
      requester.call(request, new RecordedReply());
      const closed = client.connector.close(1_000);
      const session = await client.connector.connect();
      expect(client.connector.connectionCount).toBe(2);
      client.clock.advance(1_000);
      await closed;
      expect(client.closures).toEqual([]);
      expect(client.connector.session).toBe(session);
      expect(client.connector.connectionCount).toBe(1);
    });
  });

  it('shows its socket while it connects and when it has', async () => {
    const { port } = await new TestListener().listen();
    const { connector } = new TestConnector(port);
    expect(connector.socket).toBeUndefined();
    const attempt = connector.connect();
    const { socket } = connector;
    expect(socket).toBeDefined();
    await attempt;
    expect(connector.socket).toBe(socket);
  });
});

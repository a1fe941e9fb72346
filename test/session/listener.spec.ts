import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

import {
  ConnectionLostError,
  ErrorCode,
  ProtocolViolationError,
  ResourceExhaustedError,
  UnauthenticatedError,
} from '../../lib/errors/index.js';
import type { Requester } from '../../lib/rpc/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, pskClient, pskServer, TestConnector, TestListener } from '../support/sessions.js';
import { turn } from '../support/turn.js';

const request = { route: 'r', body: 1, options: {} };

/** A call that has arrived at the server. */
async function inFlight(server: TestListener, requester: Requester, event = false): Promise<RecordedReply> {
  const reply = new RecordedReply();
  const before = server.handler.started.length;
  requester.call({ ...request, options: { event } }, reply);
  await eventually(() => server.handler.started.length > before);
  return reply;
}

async function connected(server: TestListener): Promise<{ client: TestConnector; requester: Requester }> {
  const client = new TestConnector(server.port);
  const { requester } = await client.connector.connect();
  return { client, requester };
}

describe('Listener', () => {
  const sockets: Socket[] = [];
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));
  afterEach(closeSessions);

  /** A connection of a peer that is none of ours. */
  function raw(port: number): Socket {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  it('counts connections and calls in flight', async () => {
    const server = await new TestListener().listen();
    const [one, other] = [await connected(server), await connected(server)];
    await inFlight(server, one.requester);
    await inFlight(server, other.requester);
    expect([server.listener.connectionCount, server.listener.inFlightCount]).toEqual([2, 2]);
    server.handler.started[0]!.reply(1);
    expect(server.listener.inFlightCount).toBe(1);
    other.client.connector.socket!.destroy();
    await eventually(() => server.listener.connectionCount === 1);
    expect(server.listener.inFlightCount).toBe(0);
    // A peer that goes is no error.
    expect(server.connectionErrors).toEqual([]);
  });

  it('closes a connection that has had so long, unless that is called off or the connection is gone before', async () => {
    const callOff: (() => void)[] = [];
    const server = await new TestListener(undefined, {
      onServed: (connection) => callOff.push(connection.closeAfter(1_000, () => new UnauthenticatedError('too long'))),
    }).listen();
    const sockets = [raw(server.port), raw(server.port), raw(server.port)];
    await eventually(() => server.listener.connectionCount === 3);
    callOff[0]!();
    sockets[1]!.destroy();
    await eventually(() => server.listener.connectionCount === 2);
    server.clock.advance(999);
    expect(server.listener.connectionCount).toBe(2);
    server.clock.advance(1);
    await eventually(() => server.connectionErrors.length > 0);
    expect(server.connectionErrors).toEqual([expect.any(UnauthenticatedError)]);
    expect(server.listener.connectionCount).toBe(1);
    expect(server.clock.pending).toBe(0);
  });

  it('serves on a Unix domain socket', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'protosocket-'));
    const path = join(directory, 'socket');
    const server = await new TestListener().listen({ path });
    const client = new TestConnector({ path });
    await inFlight(server, (await client.connector.connect()).requester);
    await rm(directory, { recursive: true });
  });

  it('rejects when it cannot listen', async () => {
    const { port } = await new TestListener().listen();
    await expect(new TestListener().listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('rejects when it is closed while it looks up its host', async () => {
    const server = new TestListener();
    const listening = server.listener.listen({ host: 'localhost', port: await freePort() });
    await server.listener.close(0);
    await expect(listening).rejects.toMatchObject({ code: 'ERR_SERVER_NOT_RUNNING' });
    expect(server.listener.isUp).toBe(false);
  });

  it('reports a peer that breaks the protocol, and serves the others', async () => {
    const server = await new TestListener().listen();
    const { requester } = await connected(server);
    const peer = raw(server.port);
    peer.write(Buffer.alloc(11, 0xff));
    await once(peer, 'close');
    await eventually(() => server.connectionErrors.length > 0);
    expect(server.connectionErrors).toEqual([expect.any(ProtocolViolationError)]);
    const reply = await inFlight(server, requester);
    server.handler.started[0]!.reply('still here');
    await eventually(() => reply.isCompleted);
    expect(server.listener.connectionCount).toBe(1);
  });

  it('closes a connection whose TLS handshake does not come', async () => {
    const server = await new TestListener({ ...pskServer, handshakeTimeout: 20 }).listen();
    const silent = raw(server.port);
    await once(silent, 'close');
  });

  it.each([
    ['plain', undefined],
    ['TLS', pskServer],
  ])('closes a connection too many at once (%s), and lets one in when one has gone', async (_, tlsOptions) => {
    const server = await new TestListener(tlsOptions, { limits: { maxConnections: 2 } }).listen();
    const open = (): Socket => {
      const socket = raw(server.port);
      return tlsOptions ? connectTls({ ...pskClient, socket }).on('error', () => undefined) : socket;
    };
    const [one] = [open(), open()];
    await eventually(() => server.listener.connectionCount === 2);
    for (let i = 0; i < 5; i++) await new Promise((resolve) => open().resume().on('close', resolve));
    expect(server.connectionErrors).toEqual(Array.from({ length: 5 }, () => expect.any(ResourceExhaustedError)));
    expect(server.listener.connectionCount).toBe(2);
    one.destroy();
    await eventually(() => server.listener.connectionCount === 1);
    open();
    await eventually(() => server.listener.connectionCount === 2);
  });

  it('counts a connection whose TLS handshake has not come', async () => {
    const server = await new TestListener(pskServer, { limits: { maxConnectionsPerAddress: 2 } }).listen();
    raw(server.port);
    raw(server.port);
    await once(raw(server.port).resume(), 'close');
    expect(server.connectionErrors).toEqual([expect.any(ResourceExhaustedError)]);
  });

  it('cuts the connection with the most waiting when too much waits in all of them', async () => {
    const limit = 1_000_000;
    const server = await new TestListener(undefined, { limits: { maxTotalSendBufferSize: limit } }).listen();
    const item = Buffer.alloc(100_000);
    const [greedy, modest] = [await connected(server), await connected(server)];
    for (const { client, requester } of [greedy, modest]) {
      client.connector.socket!.pause();
      await inFlight(server, requester);
    }
    const [ofGreedy, ofModest] = server.handler.started;
    // What the kernel takes is not counted.
    for (const call of [ofGreedy!, ofModest!]) {
      while (call.hasRoom) {
        call.next(item);
        await turn();
      }
    }
    for (let i = 0; i < 5; i++) ofGreedy!.next(item);
    await turn();
    for (let i = 0; i < 5; i++) {
      ofModest!.next(item);
      await turn();
    }
    await eventually(() => server.connectionErrors.length > 0);
    expect(server.connectionErrors).toEqual([expect.any(ResourceExhaustedError)]);
    expect([ofGreedy!.isOpen, ofModest!.isOpen]).toEqual([false, true]);
  });

  describe('close()', () => {
    it('closes idle connections at once, whatever the grace period', async () => {
      const server = await new TestListener().listen();
      const { client } = await connected(server);
      await eventually(() => server.listener.connectionCount === 1);
      await server.listener.close(60_000);
      expect([server.listener.connectionCount, server.clock.pending]).toEqual([0, 0]);
      await eventually(() => client.closures.length > 0);
      expect(client.closures).toEqual([undefined]);
    });

    it('lets calls in flight end, refuses new ones, and closes idle connections meanwhile', async () => {
      const server = await new TestListener().listen();
      const [busy, idle] = [await connected(server), await connected(server)];
      const { port } = server;
      const reply = await inFlight(server, busy.requester);
      const closed = server.listener.close(60_000);
      await eventually(() => idle.client.closures.length === 1);
      const refused = new RecordedReply();
      busy.requester.call(request, refused);
      await eventually(() => refused.ends.length > 0);
      expect(refused.failure).toMatchObject({ code: ErrorCode.UNAVAILABLE });
      await expect(new TestConnector(port).connector.connect()).rejects.toMatchObject({
        code: ErrorCode.CONNECT_FAILED,
      });
      server.handler.started[0]!.next('first');
      await turn();
      server.handler.started[0]!.reply('last');
      await closed;
      await eventually(() => reply.ends.length > 0);
      expect(reply.items).toEqual(['first', 'last']);
      expect(reply.isCompleted).toBe(true);
    });

    it.each([0, 1_000])('cuts what is still in flight after a grace period of %d ms', async (grace) => {
      const server = await new TestListener().listen();
      const { requester } = await connected(server);
      const reply = await inFlight(server, requester);
      const { signal } = server.handler.started[0]!;
      const closed = server.listener.close(grace);
      await turn();
      if (grace > 0) expect(signal.aborted).toBe(false);
      server.clock.advance(grace);
      await closed;
      expect(signal.reason).toBeInstanceOf(ConnectionLostError);
      await eventually(() => reply.ends.length > 0);
      expect(reply.failure).toBeInstanceOf(ConnectionLostError);
    });

    it('waits for the handlers of events, acknowledged or not', async () => {
      const server = await new TestListener().listen();
      server.handler.work = (call) => call.acknowledge();
      const { requester } = await connected(server);
      await inFlight(server, requester, true);
      requester.notify({ ...request, options: { event: true } });
      await eventually(() => server.handler.started.length === 2);
      let over = false;
      const closed = server.listener.close(60_000).then(() => (over = true));
      await turn();
      server.handler.started[0]!.done();
      await turn();
      expect(over).toBe(false);
      server.handler.started[1]!.done();
      await closed;
    });

    it('is waited for by all who call it', async () => {
      const server = await new TestListener().listen();
      const { requester } = await connected(server);
      await inFlight(server, requester);
      const all = Promise.all([server.listener.close(60_000), server.listener.close(0)]);
      server.handler.started[0]!.reply(1);
      await all;
    });

    it('resolves for one that has never listened', async () => {
      await new TestListener().listener.close(60_000);
    });

    it('is held up for no longer than a second by a peer that never begins its TLS handshake', async () => {
      const server = await new TestListener(pskServer).listen();
      raw(server.port);
      await once(server.listener.server, 'connection');
      const closed = server.listener.close(60_000);
      await turn();
      expect(server.listener.server.listening).toBe(false);
      server.clock.advance(1_000);
      await closed;
    });

    it('is not held up by such a peer without a grace period', async () => {
      const server = await new TestListener(pskServer).listen();
      raw(server.port);
      await once(server.listener.server, 'connection');
      await server.listener.close(0);
    });

    it('refuses the calls of a client that finishes its TLS handshake meanwhile, and does not lose them', async () => {
      const server = await new TestListener(pskServer).listen();
      const client = new TestConnector(server.port, { tlsOptions: pskClient });
      const connecting = client.connector.connect();
      await once(server.listener.server, 'connection');
      const closed = server.listener.close(60_000);
      const { requester } = await connecting;
      const reply = new RecordedReply();
      requester.call(request, reply);
      await closed;
      await eventually(() => reply.failure !== undefined);
      expect(reply.failure).toMatchObject({ code: ErrorCode.UNAVAILABLE });
      expect(server.listener.connectionCount).toBe(0);
    });

    it('cuts a TLS handshake that is finished after that second', async () => {
      const server = await new TestListener(pskServer).listen();
      const client = new TestConnector(server.port, { tlsOptions: pskClient });
      const { requester } = await client.connector.connect();
      await inFlight(server, requester);
      const socket = raw(server.port);
      await once(server.listener.server, 'connection');
      const closed = server.listener.close(60_000);
      server.clock.advance(1_000);
      await turn();
      const late = connectTls({ ...pskClient, socket }).on('error', () => undefined);
      sockets.push(late);
      await new Promise((resolve) => late.on('close', resolve));
      server.handler.started[0]!.reply(1);
      await closed;
    });
  });
});

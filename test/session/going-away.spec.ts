import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';

import { builtInCodec, builtInContract, PING } from '../../lib/contract/index.js';
import { ConnectFailedError, ConnectionLostError, UnavailableError } from '../../lib/errors/index.js';
import { type CallOptions, type ClientSession, openCall } from '../../lib/session/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { Random } from '../../lib/testing/random.js';
import { eventually } from '../support/eventually.js';
import { frameOf } from '../support/messages.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, TestConnector, TestListener } from '../support/sessions.js';
import { turn } from '../support/turn.js';

function drawnFrom(seed: number): () => number {
  const random = new Random(seed);
  return () => random.next();
}

const GRACE = 60_000;

interface Started {
  server: TestListener;
  client: TestConnector;
  /** Calls over whatever connection stands, or is made. */
  call: (route: string, options?: CallOptions) => RecordedReply;
}

/**
 * A server that answers `echo` and keeps the others, of which it calls `again` idempotent, and a client with a connection
 * that knows it.
 */
async function started(changes = {}): Promise<Started> {
  const server = await echoServer();
  const client = new TestConnector(server.port, changes);
  const { socket } = await client.connector.connect();
  await eventually(() => socket.bytesRead > 0);
  const call: Started['call'] = (route, options = {}) => {
    const reply = new RecordedReply();
    openCall(client.connector, { route, body: route, options }, reply, client.clock);
    return reply;
  };
  return { server, client, call };
}

async function echoServer(port = 0): Promise<TestListener> {
  const server = await new TestListener().listen({ host: '127.0.0.1', port });
  server.idempotentRoutes = ['again'];
  server.handler.work = (call) => {
    if (call.route === 'echo') call.reply(call.body);
  };
  return server;
}

describe('a server that goes away', () => {
  afterEach(closeSessions);

  it('has what is in flight finished there, and new calls made over a new connection at once', async () => {
    const { server, client, call } = await started();
    const { port } = server;
    const slow = call('slow');
    await eventually(() => server.handler.started.length === 1);
    const closed = server.listener.close(GRACE);
    await eventually(() => client.connector.session === undefined);
    const next = await echoServer(port);
    const reply = call('echo');
    await eventually(() => reply.isCompleted);
    expect([server.handler.started.length, next.handler.started.length]).toEqual([1, 1]);
    expect(client.connector.connectionCount).toBe(2);
    server.handler.started[0]!.reply('done');
    await eventually(() => slow.isCompleted);
    expect(slow.items).toEqual(['done']);
    await closed;
    await eventually(() => client.connector.connectionCount === 1);
    // One that was replaced is no news.
    expect(client.closures).toEqual([]);
    expect(server.clock.pending).toBe(0);
  });

  it('hands back the calls that were underway, and they run once, on the next server', async () => {
    const { server, client, call } = await started();
    const { port } = server;
    const replies = Array.from({ length: 50 }, () => call('echo'));
    // They leave at the end of this tick, and come to a server that refuses them.
    const closed = server.listener.close(GRACE);
    const next = await echoServer(port);
    await eventually(() => replies.every(({ ends }) => ends.length > 0));
    expect(replies.filter(({ isCompleted }) => isCompleted)).toHaveLength(50);
    expect([server.handler.started.length, next.handler.started.length]).toEqual([0, 50]);
    await closed;
    expect(client.connector.inFlightCount).toBe(0);
  });

  it.each([
    ['where retries are switched off', { retry: false as const }, {}],
    ['that are request streams', {}, { feed: () => () => undefined }],
  ])('refuses the calls that were underway %s', async (_, changes, options) => {
    const { server, call } = await started(changes);
    const reply = call('echo', options);
    const { port } = server;
    const closed = server.listener.close(GRACE);
    await echoServer(port);
    await eventually(() => reply.ends.length > 0);
    expect(reply.failure).toBeInstanceOf(UnavailableError);
    await closed;
  });

  it('refuses a call that finds no other server, and says so', async () => {
    const { server, call } = await started();
    const replies = [call('echo'), call('echo', { idempotent: true })];
    const closed = server.listener.close(GRACE);
    await eventually(() => replies.every(({ ends }) => ends.length > 0));
    for (const { failure } of replies) expect(failure).toBeInstanceOf(UnavailableError);
    const later = call('echo');
    await eventually(() => later.ends.length > 0);
    expect(later.failure).toBeInstanceOf(ConnectFailedError);
    await closed;
  });

  it('ends a handed back call once, also when it is cancelled or its time is over while it waits', async () => {
    const { server, client, call } = await started();
    const expiring = call('echo', { waitForReady: true, timeout: 100 });
    const cancelled = new RecordedReply();
    const handle = openCall(
      client.connector,
      { route: 'echo', body: 1, options: { waitForReady: true } },
      cancelled,
      client.clock,
    );
    const closed = server.listener.close(GRACE);
    await closed;
    await turn();
    handle.cancel();
    client.clock.advance(100);
    await turn();
    expect(expiring.failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect([expiring.ends.length, cancelled.ends.length]).toEqual([1, 0]);
    await client.connector.close(0);
    expect([client.clock.pending, client.connector.inFlightCount]).toEqual([0, 0]);
  });

  it('tells the next server what is left of the timeout', async () => {
    const { server, client, call } = await started();
    const { port } = server;
    call('slow', { timeout: 1_000 });
    const closed = server.listener.close(GRACE);
    client.clock.advance(300);
    const next = await echoServer(port);
    await eventually(() => next.handler.started.length > 0);
    expect(next.handler.started[0]!.remaining).toBe(700);
    await closed;
  });

  it('makes no connection for a client that is being closed', async () => {
    const { server, client, call } = await started();
    const { port } = server;
    const reply = call('echo');
    const closed = [server.listener.close(GRACE), client.connector.close(GRACE)];
    const next = await echoServer(port);
    await Promise.all(closed);
    expect(reply.failure).toBeInstanceOf(UnavailableError);
    await turn();
    expect([client.sockets, next.listener.connectionCount]).toEqual([1, 0]);
  });

  it.each(['is let in', 'is refused'])('before it was ready has its client ask the next one (who %s)', async (how) => {
    const server = await echoServer();
    const { port } = server;
    let greetings = 0;
    const greet = (session: ClientSession): Promise<void> =>
      new Promise((resolve, reject) => {
        greetings++;
        const route = greetings > 1 ? 'echo' : 'slow';
        session.requester.call(
          { route, body: 1, options: {} },
          { next: () => undefined, complete: resolve, error: reject },
        );
      });
    const client = new TestConnector(port, { greet });
    const connecting = client.connector.connect();
    await eventually(() => server.handler.started.length === 1);
    const closed = server.listener.close(GRACE);
    const next = await echoServer(port);
    await turn();
    if (how === 'is let in') server.handler.started[0]!.reply('welcome');
    else server.handler.started[0]!.failWith({ code: 'UNAVAILABLE', message: 'closing' });
    const session = await connecting;
    expect(client.connector.session).toBe(session);
    expect([greetings, next.listener.connectionCount, client.sessions.length]).toEqual([2, 1, 1]);
    await closed;
  });

  it('waits for the FIN of a client that knows, for the grace period', async () => {
    const server = await echoServer();
    const peer = connect(server.port, '127.0.0.1');
    await once(peer, 'connect');
    // A ping; then it never reacts.
    peer.write(Buffer.from('0410013001', 'hex'));
    await once(peer, 'data');
    let over = false;
    const closed = server.listener.close(1_000).then(() => (over = true));
    const [chunk] = (await once(peer, 'data')) as [Buffer];
    expect(chunk.toString('hex')).toBe('021002');
    await turn();
    expect(over).toBe(false);
    server.clock.advance(1_000);
    peer.resume();
    await closed;
  });

  it('does not wait for a client that has begun with something else', async () => {
    const server = await echoServer();
    const peer = connect(server.port, '127.0.0.1');
    peer.write(frameOf(builtInCodec(), { id: 1, code: ControlCode.Normal, route: 'echo', body: 1 }));
    await once(peer, 'data');
    peer.resume();
    await server.listener.close(GRACE);
    expect(server.clock.pending).toBe(0);
  });

  it('waits a second for the first words of a client that has only just connected', async () => {
    const server = await echoServer();
    const [silent, young] = [connect(server.port, '127.0.0.1').resume(), connect(server.port, '127.0.0.1')];
    await eventually(() => server.listener.connectionCount === 2);
    const heard: Buffer[] = [];
    young.on('data', (chunk: Buffer) => heard.push(chunk));
    const closed = server.listener.close(GRACE);
    await eventually(() => heard.length > 0);
    young.write(frameOf(builtInCodec(), PING));
    young.write(frameOf(builtInCodec(), { id: 1, code: ControlCode.Normal, route: 'echo', body: 1 }));
    await eventually(() => Buffer.concat(heard).includes('UNAVAILABLE'));
    expect(server.listener.connectionCount).toBe(2);
    server.clock.advance(1_000);
    await once(silent, 'close');
    expect(server.listener.connectionCount).toBe(1);
    young.end();
    await closed;
    expect([server.handler.started.length, server.clock.pending]).toEqual([0, 0]);
  });

  it('says nothing in a contract that has no words for it, and closes as ever', async () => {
    const { hasConnectionMessages: _, ...contract } = builtInContract();
    const server = await new TestListener(undefined, { contract }).listen();
    const peer = connect(server.port, '127.0.0.1');
    const heard: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => heard.push(chunk));
    peer.write(Buffer.from('0410013001', 'hex'));
    await eventually(() => server.listener.connectionCount === 1);
    await turn();
    await server.listener.close(GRACE);
    expect(heard).toEqual([]);
  });

  it('loses no call, whenever it goes', async () => {
    const random = drawnFrom(7);
    let server = await echoServer();
    const { port } = server;
    const clients = Array.from({ length: 4 }, () => new TestConnector(port));
    for (const client of clients) await client.connector.connect();
    const replies: RecordedReply[] = [];
    let executed = 0;
    const calls = async (): Promise<void> => {
      for (let i = 0; i < 200; i++) {
        const reply = new RecordedReply();
        replies.push(reply);
        const { connector, clock } = clients[i % 4]!;
        openCall(connector, { route: 'echo', body: i, options: { waitForReady: true } }, reply, clock);
        if (random() < 0.3) await turn();
      }
    };
    for (let restart = 0; restart < 20; restart++) {
      const calling = calls();
      const turns = Math.floor(random() * 20);
      for (let i = 0; i < turns; i++) await turn();
      const closed = server.listener.close(GRACE);
      const next = await echoServer(port);
      await calling;
      await closed;
      executed += server.handler.started.length;
      server = next;
    }
    await eventually(() => replies.every(({ ends }) => ends.length > 0));
    expect(replies.filter(({ isCompleted }) => !isCompleted)).toEqual([]);
    expect(replies.filter(({ items, late }) => items.length !== 1 || late.length > 0)).toEqual([]);
    expect(executed + server.handler.started.length).toBe(replies.length);
  });
});

describe('a call that may be sent again', () => {
  afterEach(closeSessions);

  it('is, when it has not left before the connection was lost', async () => {
    const { server, client, call } = await started();
    const replies = [call('echo'), call('echo', { timeout: 500 })];
    client.connector.socket!.destroy();
    await eventually(() => replies.every(({ ends }) => ends.length > 0));
    for (const { isCompleted } of replies) expect(isCompleted).toBe(true);
    expect(server.handler.started).toHaveLength(2);
    expect(client.clock.pending).toBe(0);
  });

  it('is told why it cannot leave now, if it has not left', async () => {
    const { server, client, call } = await started();
    await server.listener.close(0);
    const client2 = client.connector;
    await eventually(() => client2.connectionCount === 0);
    const reply = call('echo');
    await eventually(() => reply.ends.length > 0);
    expect(reply.failure).toBeInstanceOf(ConnectFailedError);
  });

  it('is not, when it has left, unless it is idempotent', async () => {
    const { server, client, call } = await started();
    const once = call('slow');
    const again = call('slow', { idempotent: true });
    const stream = call('slow', { feed: () => () => undefined, idempotent: true });
    await eventually(() => server.handler.started.length === 3);
    client.connector.socket!.destroy();
    await eventually(() => server.handler.started.length === 4);
    for (const { failure } of [once, stream]) expect(failure).toBeInstanceOf(ConnectionLostError);
    server.handler.started[3]!.reply('the second time');
    await eventually(() => again.isCompleted);
    expect(again.items).toEqual(['the second time']);
  });

  it('is, when the server calls its route idempotent, unless its caller knows better', async () => {
    const { server, client, call } = await started();
    const [again, once] = [call('again'), call('again', { idempotent: false })];
    await eventually(() => server.handler.started.length === 2);
    client.connector.socket!.destroy();
    await eventually(() => server.handler.started.length === 3);
    expect(once.failure).toBeInstanceOf(ConnectionLostError);
    server.handler.started[2]!.reply('the second time');
    await eventually(() => again.isCompleted);
    expect(again.items).toEqual(['the second time']);
  });

  it('is not, where only the server before called its route idempotent', async () => {
    const { server, client, call } = await started();
    const reply = call('again');
    await eventually(() => server.handler.started.length === 1);
    server.idempotentRoutes = [];
    client.connector.socket!.destroy();
    await eventually(() => server.handler.started.length === 2);
    // What a server has to say of itself comes before its first reply.
    const heard = call('echo');
    await eventually(() => heard.isCompleted);
    client.connector.socket!.destroy();
    await eventually(() => reply.ends.length > 0);
    expect(reply.failure).toBeInstanceOf(ConnectionLostError);
    expect(server.handler.started).toHaveLength(3);
  });

  it.each(['again', 'slow'])('and finds no server is told what became of the first one (%s)', async (route) => {
    const { server, call } = await started();
    const reply = call(route, { idempotent: route === 'slow' ? true : undefined });
    await eventually(() => server.handler.started.length === 1);
    await server.listener.close(0);
    await eventually(() => reply.ends.length > 0);
    expect(reply.failure).toBeInstanceOf(ConnectionLostError);
  });

  it('is not, when something of the reply was seen', async () => {
    const { server, client, call } = await started();
    const [items, metadata] = [call('slow', { idempotent: true }), call('slow', { idempotent: true })];
    await eventually(() => server.handler.started.length === 2);
    const [first, second] = server.handler.started;
    first!.next('first');
    second!.replyMetadata = { a: 'b' };
    second!.next('first');
    await eventually(() => items.items.length > 0 && metadata.metadatas.length > 0);
    client.connector.socket!.destroy();
    await eventually(() => items.ends.length > 0 && metadata.ends.length > 0);
    for (const { failure } of [items, metadata]) expect(failure).toBeInstanceOf(ConnectionLostError);
    expect(server.handler.started).toHaveLength(2);
  });

  it('is, three times at most', async () => {
    const { server, client, call } = await started();
    const reply = call('slow', { idempotent: true });
    for (let attempt = 1; attempt <= 4; attempt++) {
      await eventually(() => server.handler.started.length === attempt);
      client.connector.socket!.destroy();
    }
    await eventually(() => reply.ends.length > 0);
    expect(reply.failure).toBeInstanceOf(ConnectionLostError);
    expect(server.handler.started).toHaveLength(4);
  });

  it('is, within the budget', async () => {
    const { server, client, call } = await started({ retry: { attempts: 1, ratio: 0 } });
    const replies = Array.from({ length: 120 }, () => call('slow', { idempotent: true }));
    await eventually(() => server.handler.started.length === 120);
    client.connector.socket!.destroy();
    await eventually(() => server.handler.started.length === 220);
    expect(replies.filter(({ failure }) => failure instanceof ConnectionLostError)).toHaveLength(20);
  });
});

describe('maxConnectionAge', () => {
  afterEach(closeSessions);

  it.each([
    [0, 900],
    [0.5, 1_000],
    [1, 1_100],
  ])('closes a connection in good order, a tenth earlier or later (%s: %d ms)', async (drawn, age) => {
    const server = await new TestListener(undefined, { maxConnectionAge: 1_000 }, () => drawn).listen();
    server.handler.work = (call) => {
      if (call.route === 'echo') call.reply(call.body);
    };
    const client = new TestConnector(server.port);
    const first = await client.connector.connect();
    await eventually(() => first.socket.bytesRead > 0);
    const slow = new RecordedReply();
    openCall(client.connector, { route: 'slow', body: 1, options: {} }, slow);
    await eventually(() => server.handler.started.length === 1);
    server.clock.advance(age - 1);
    await turn();
    expect(client.connector.session).toBe(first);
    server.clock.advance(1);
    await eventually(() => client.connector.session === undefined);
    const reply = new RecordedReply();
    openCall(client.connector, { route: 'echo', body: 1, options: {} }, reply);
    await eventually(() => reply.isCompleted);
    expect(server.listener.connectionCount).toBe(2);
    server.handler.started[0]!.reply('done');
    await eventually(() => slow.isCompleted && server.listener.connectionCount === 1);
    expect(client.sessions).toHaveLength(2);
  });

  it('cuts what is still in flight after the grace period, and leaves no timer of a connection that went before', async () => {
    const server = await new TestListener(undefined, { maxConnectionAge: 1_000, gracePeriod: 500 }).listen();
    const client = new TestConnector(server.port);
    const { requester, socket } = await client.connector.connect();
    await eventually(() => socket.bytesRead > 0);
    const reply = new RecordedReply();
    requester.call({ route: 'slow', body: 1, options: {} }, reply);
    await eventually(() => server.handler.started.length === 1);
    server.clock.advance(1_000);
    await turn();
    expect(reply.ends).toEqual([]);
    server.clock.advance(500);
    await eventually(() => reply.ends.length > 0);
    expect(reply.failure).toBeInstanceOf(ConnectionLostError);
    const other = await client.connector.connect();
    await eventually(() => server.listener.connectionCount === 1);
    other.socket.destroy();
    await eventually(() => server.listener.connectionCount === 0);
    expect(server.clock.pending).toBe(0);
  });
});

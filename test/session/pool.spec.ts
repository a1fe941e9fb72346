import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ConnectFailedError, ConnectionLostError } from '../../lib/errors/index.js';
import { type ClientSession, openCall, Pool } from '../../lib/session/index.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';
import { freePort } from '../support/free-port.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, sessionOf, TestConnector, TestListener } from '../support/sessions.js';
import { closeTcpServers, TcpServer } from '../support/tcp-server.js';
import { turn } from '../support/turn.js';

const request = { route: 'r', body: 1, options: {} };

/** Connectors to one server each, so that one of them can be lost, and a pool of them. */
class TestPool {
  readonly clock = new FakeClock();
  readonly failures: unknown[] = [];
  readonly pool: Pool;

  private constructor(
    readonly servers: readonly TestListener[],
    readonly clients: readonly TestConnector[],
  ) {
    const connectors = clients.map(({ connector }) => connector);
    this.pool = new Pool(connectors, (error) => this.failures.push(error), this.clock);
  }

  static async of(size: number): Promise<TestPool> {
    const servers = await Promise.all(Array.from({ length: size }, () => new TestListener().listen()));
    return new TestPool(
      servers,
      servers.map(({ port }) => new TestConnector(port)),
    );
  }

  /** One whose connectors lead to these ports. */
  static to(ports: readonly number[], connectTimeout = 0): TestPool {
    return new TestPool(
      [],
      ports.map((port) => new TestConnector(port, { connectTimeout })),
    );
  }

  async connectAll(): Promise<ClientSession[]> {
    return Promise.all(this.clients.map(({ connector }) => connector.connect()));
  }

  /** Which connections stand. */
  get standing(): number[] {
    return this.clients.flatMap(({ connector }, index) => (connector.session ? [index] : []));
  }

  /** The number of a connection. */
  numberOf(session: ClientSession | undefined): number {
    return this.clients.findIndex(({ connector }) => connector.session === session);
  }

  /** Makes a call that stays open, and answers the number of its connection. */
  call(reply = new RecordedReply()): number {
    const { session } = this.pool;
    session!.requester.call(request, reply);
    return this.numberOf(session);
  }
}

describe('Pool', () => {
  afterEach(closeSessions);
  afterEach(closeTcpServers);

  describe('gives a call', () => {
    it('connections by turns, while all of them are as busy', async () => {
      const pool = await TestPool.of(3);
      await pool.connectAll();
      expect([1, 2, 3, 4, 5].map(() => pool.numberOf(pool.pool.session))).toEqual([0, 1, 2, 0, 1]);
      expect([1, 2, 3, 4, 5, 6].map(() => pool.call())).toEqual([2, 0, 1, 2, 0, 1]);
    });

    it('the connection with the fewest calls in flight', async () => {
      const pool = await TestPool.of(3);
      const [first, , third] = await pool.connectAll();
      for (const busy of [first!, first!, third!]) busy.requester.call(request, new RecordedReply());
      expect([1, 2, 3, 4, 5].map(() => pool.call())).toEqual([1, 2, 1, 2, 0]);
    });

    it('one turn, whatever bounds it', async () => {
      const pool = await TestPool.of(2);
      await pool.connectAll();
      for (let i = 0; i < 4; i++) openCall(pool.pool, { ...request, options: { timeout: 1_000 } }, new RecordedReply());
      await eventually(() => pool.servers.every(({ handler }) => handler.started.length === 2));
    });
  });

  describe('makes connections', () => {
    it('no more than are needed', async () => {
      const pool = await TestPool.of(3);
      await sessionOf(pool.pool);
      expect(pool.standing).toEqual([0]);
      for (let i = 0; i < 5; i++) expect(pool.numberOf(pool.pool.session)).toBe(0);
      expect(pool.clients.map(({ sockets }) => sockets)).toEqual([1, 0, 0]);
    });

    it('one by one while all that stand are busy, and no call waits for them', async () => {
      const pool = await TestPool.of(3);
      await sessionOf(pool.pool);
      expect([pool.call(), pool.call(), pool.call()]).toEqual([0, 0, 0]);
      await eventually(() => pool.standing.length === 2);
      expect(pool.call()).toBe(1);
      // It was idle.
      expect(pool.clients.map(({ sockets }) => sockets)).toEqual([1, 1, 0]);
      expect(pool.call()).toBe(1);
      await eventually(() => pool.standing.length === 3);
      expect(pool.clients.map(({ sockets }) => sockets)).toEqual([1, 1, 1]);
    });

    it('for each of the calls that come before there is one', async () => {
      const pool = await TestPool.of(2);
      const replies = Array.from({ length: 6 }, () => new RecordedReply());
      for (const reply of replies) openCall(pool.pool, request, reply);
      await eventually(() => pool.servers.every(({ handler }) => handler.started.length === 3));
      expect(pool.clients.map(({ sockets }) => sockets)).toEqual([1, 1]);
    });
  });

  describe('when a connection is lost', () => {
    it('fails its calls, and gives new ones to those that stand', async () => {
      const pool = await TestPool.of(2);
      const [first] = await pool.connectAll();
      const [lost, kept] = [new RecordedReply(), new RecordedReply()];
      expect([pool.call(lost), pool.call(kept)]).toEqual([0, 1]);
      // One that has not left yet would be sent again.
      await eventually(() => pool.servers[0]!.handler.started.length === 1);
      first!.socket.destroy();
      // At once: a call that comes now must not go to it.
      expect(pool.call()).toBe(1);
      await eventually(() => lost.ends.length > 0);
      expect(lost.failure).toBeInstanceOf(ConnectionLostError);
      expect(kept.ends).toEqual([]);
    });

    it('makes it anew when it is needed', async () => {
      const pool = await TestPool.of(2);
      const [first] = await pool.connectAll();
      first!.socket.destroy();
      await eventually(() => pool.clients[0]!.closures.length > 0);
      expect([pool.call(), pool.standing]).toEqual([1, [1]]);
      pool.call();
      await eventually(() => pool.standing.length === 2);
      expect(pool.call()).toBe(0);
    });

    it('makes one for the next call, if it was the last', async () => {
      const pool = await TestPool.of(2);
      for (const { socket } of await pool.connectAll()) socket.destroy();
      expect(pool.pool.session).toBeUndefined();
      expect((await sessionOf(pool.pool)).isOpen).toBe(true);
    });
  });

  describe('when a connection cannot be made', () => {
    it('tells of it, goes on with those that stand, and does not try it with every call', async () => {
      const server = await new TestListener().listen();
      const pool = TestPool.to([server.port, await freePort()]);
      await sessionOf(pool.pool);
      for (let i = 0; i < 50; i++) pool.call();
      await eventually(() => pool.failures.length > 0);
      for (let i = 0; i < 50; i++) expect(pool.call()).toBe(0);
      expect(pool.clients[1]!.sockets).toBe(1);
      pool.clock.advance(1_000);
      expect(pool.call()).toBe(0);
      await eventually(() => pool.failures.length === 2);
      expect(pool.clients[1]!.sockets).toBe(2);
      expect(pool.failures).toEqual([expect.any(ConnectFailedError), expect.any(ConnectFailedError)]);
    });

    it('gives a call that waited for it one that stands', async () => {
      const server = await new TestListener().listen();
      const mute = await TcpServer.listen();
      const pool = TestPool.to([server.port, mute.port]);
      const [first, second] = [sessionOf(pool.pool), sessionOf(pool.pool)];
      const session = await first;
      void pool.clients[1]!.connector.close(0);
      expect(await second).toBe(session);
    });

    it('gives one that stands to calls that wait a quarter of a second longer than others', async () => {
      const server = await new TestListener().listen();
      const mute = await TcpServer.listen();
      const pool = TestPool.to([server.port, mute.port]);
      // As with a greeting that is never answered.
      pool.clients[1]!.connector.connectFor = () => undefined;
      const [first, second] = [sessionOf(pool.pool), sessionOf(pool.pool)];
      const session = await first;
      pool.pool.connected();
      let given: ClientSession | undefined;
      void second.then((another) => (given = another));
      pool.clock.advance(249);
      await turn();
      expect(given).toBeUndefined();
      pool.clock.advance(1);
      await turn();
      expect(given).toBe(session);
      expect(pool.clock.pending).toBe(0);
    });

    it('gives one that stands at once to who comes later', async () => {
      const pool = await TestPool.of(2);
      const [, second] = await pool.connectAll();
      pool.clients[0]!.connector.session!.socket.destroy();
      await eventually(() => pool.standing.length === 1);
      pool.clients[0]!.connector.connectFor = () => undefined;
      for (let i = 0; i < 3; i++) expect(await sessionOf(pool.pool)).toBe(second);
    });

    it('tells who waits for it, if there is no other', async () => {
      const port = await freePort();
      const pool = TestPool.to([port, port]);
      for (let i = 0; i < 3; i++) await expect(sessionOf(pool.pool)).rejects.toThrow(ConnectFailedError);
      expect(pool.failures).toEqual([]);
    });
  });

  it('ends every call once, whatever becomes of its connection', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('call') },
      { weight: 2, arbitrary: fc.constant('answer') },
      { weight: 2, arbitrary: fc.constant('turn') },
      { weight: 1, arbitrary: fc.nat(2) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const pool = await TestPool.of(3);
        const open = () => pool.servers.flatMap(({ handler }) => handler.started).filter(({ isOpen }) => isOpen);
        const replies: RecordedReply[] = [];
        for (const each of steps) {
          if (each === 'call') {
            const reply = new RecordedReply();
            openCall(pool.pool, { route: 'r', body: replies.push(reply) - 1, options: {} }, reply);
          } else if (each === 'answer') open().forEach((call) => call.reply(call.body));
          else if (each === 'turn') await turn();
          else pool.clients[each]!.connector.session?.socket.destroy();
        }
        for (const { handler } of pool.servers) handler.work = (call) => call.reply(call.body);
        open().forEach((call) => call.reply(call.body));
        await eventually(() => replies.every(({ ends }) => ends.length > 0));
        await turn();
        for (const [index, { ends, failure, items, late }] of replies.entries()) {
          expect([ends.length, late]).toEqual([1, []]);
          if (failure === undefined) expect(items).toEqual([index]);
          else expect(failure).toBeInstanceOf(ConnectionLostError);
        }
        expect(pool.clients.map(({ connector }) => connector.inFlightCount)).toEqual([0, 0, 0]);
        await closeSessions();
      }),
      { numRuns: 50 },
    );
  });
});

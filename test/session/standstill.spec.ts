import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';

import { ConnectionLostError } from '../../lib/errors/index.js';
import { type CallOptions, defaultKeepalive, notify, openCall } from '../../lib/session/index.js';
import { eventually } from '../support/eventually.js';
import { lineContract } from '../support/line-contract.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, TestConnector } from '../support/sessions.js';
import { closeTcpServers, TcpServer } from '../support/tcp-server.js';
import { turn } from '../support/turn.js';

const { timeout } = defaultKeepalive;

/** A client of a server that answers what it is told to, over a contract without ids. */
class World {
  client!: TestConnector;
  private server!: TcpServer;

  async connect(options: { keepalive?: typeof defaultKeepalive } = { keepalive: defaultKeepalive }): Promise<this> {
    this.server = await TcpServer.listen();
    this.client = new TestConnector(this.server.port, { contract: lineContract, ...options });
    await this.client.connector.connect();
    await eventually(() => this.server.sockets.length === 1);
    return this;
  }

  call(options: CallOptions = {}): { reply: RecordedReply; cancel: () => void } {
    const reply = new RecordedReply();
    const call = openCall(this.client.connector, { route: 'r', body: 'x', options }, reply, this.client.clock);
    return { reply, cancel: () => call.cancel() };
  }

  get socket(): Socket {
    return this.server.sockets[0]!;
  }

  /** Answers the oldest call. */
  async answer(): Promise<void> {
    const { socket } = this.client.connector;
    const before = socket!.bytesRead;
    this.socket.write('done\n');
    await eventually(() => socket!.bytesRead > before);
    await turn();
  }

  async pass(milliseconds: number): Promise<void> {
    this.client.clock.advance(milliseconds);
    await turn();
  }

  get isOpen(): boolean {
    return this.client.connector.session !== undefined;
  }
}

describe('a connection without ids whose oldest call is not answered', () => {
  let world: World;
  beforeEach(async () => {
    world = await new World().connect();
  });
  afterEach(closeSessions);
  afterEach(closeTcpServers);

  it.each<[string, () => unknown]>([
    ['was cancelled', () => world.call().cancel()],
    ['has timed out', () => [world.call({ timeout: 5 }), world.pass(5)]],
    [
      'is an event of which nobody waits to hear',
      () => notify(world.client.connector, { route: 'r', body: 'x', options: {} }),
    ],
  ])('is closed when that %s, and the calls behind it fail', async (_, give) => {
    await give();
    const { reply } = world.call();
    await world.pass(timeout - 1);
    expect(world.isOpen).toBe(true);
    await world.pass(1);
    await eventually(() => reply.ends.length > 0);
    expect(reply.failure).toBeInstanceOf(ConnectionLostError);
    expect(world.client.closures).toEqual([expect.any(ConnectionLostError)]);
    expect(world.client.clock.pending).toBe(0);
  });

  it('is not, while somebody waits for it', async () => {
    world.call();
    world.call().cancel();
    for (let i = 0; i < 3; i++) await world.pass(timeout);
    expect(world.isOpen).toBe(true);
    // Its turn has come with that: from now on it is the one.
    await world.answer();
    await world.pass(timeout);
    expect(world.isOpen).toBe(true);
    await world.pass(timeout);
    expect(world.isOpen).toBe(false);
  });

  it('is not, where the peer is slow and answers all the same', async () => {
    for (let i = 0; i < 5; i++) world.call().cancel();
    for (let i = 0; i < 5; i++) {
      await world.pass(timeout - 1);
      await world.answer();
    }
    await world.pass(timeout);
    expect(world.isOpen).toBe(true);
    expect(world.client.clock.pending).toBe(0);
  });

  it('is not with keepalive: false', async () => {
    world = await new World().connect({});
    world.call().cancel();
    for (let i = 0; i < 3; i++) await world.pass(timeout);
    expect(world.isOpen).toBe(true);
  });

  it('leaves no timer when it is closed before', async () => {
    world.call().cancel();
    world.socket.destroy();
    await eventually(() => !world.isOpen);
    expect(world.client.clock.pending).toBe(0);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';

import { defaultConnectionLimits } from '../../lib/connection/index.js';
import { builtInContract } from '../../lib/contract/index.js';
import { ConnectFailedError } from '../../lib/errors/index.js';
import type { ConnectionsOptions } from '../../lib/session/connections.js';
import { Connections, Connector, defaultBackoff, defaultRetry, type Network } from '../../lib/session/index.js';
import { systemNetwork } from '../../lib/session/network.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, sessionOf, TestListener } from '../support/sessions.js';
import { turn } from '../support/turn.js';

const request = { route: 'r', body: 1, options: {} };
const opened: Connections[] = [];

interface Watched {
  readonly connections: Connections;
  /** What was told, and whether a connection stood then. */
  readonly told: string[];
  readonly partFailures: unknown[];
}

function watched(port: number, count: number, changes: Partial<ConnectionsOptions> = {}): Watched {
  const told: string[] = [];
  const partFailures: unknown[] = [];
  const tell = (what: string): unknown => told.push(`${what}, ${connections.isConnected ? 'up' : 'down'}`);
  const connections = new Connections({
    connections: count,
    address: { host: '127.0.0.1', port },
    contract: builtInContract(),
    limits: defaultConnectionLimits,
    streamLimit: 1024,
    connectTimeout: 0,
    reconnect: defaultBackoff,
    onSocket: (socket: Socket) => socket.on('error', () => undefined),
    onConnected: () => tell('connected'),
    onFailed: () => tell('failed'),
    onWaiting: () => undefined,
    onClosed: () => tell('closed'),
    onPartlyFailed: (error) => partFailures.push(error),
    ...changes,
  });
  opened.push(connections);
  return { connections, told, partFailures };
}

describe('Connections', () => {
  afterEach(() => Promise.all(opened.splice(0).map((connections) => connections.close(0))));
  afterEach(closeSessions);

  it('have nothing between the calls and a single connection', () => {
    expect(watched(0, 1).connections.source).toBeInstanceOf(Connector);
    expect(watched(0, 2).connections.source).not.toBeInstanceOf(Connector);
  });

  it('are all made by connect(), and all closed by close()', async () => {
    const server = await new TestListener().listen();
    const { connections, told } = watched(server.port, 3);
    expect([connections.connectionCount, connections.sockets.length]).toEqual([0, 0]);
    await connections.connect();
    expect([connections.connectionCount, new Set(connections.sockets).size]).toEqual([3, 3]);
    await eventually(() => server.listener.connectionCount === 3);
    await connections.close(0);
    expect([connections.connectionCount, connections.sockets.length]).toEqual([0, 0]);
    expect(told).toEqual([...Array<string>(3).fill('connected, up'), ...Array<string>(3).fill('closed, down')]);
  });

  it('are up until the last one is gone', async () => {
    const server = await new TestListener().listen();
    const { connections, told } = watched(server.port, 2);
    await connections.connect();
    const [first, second] = connections.sockets;
    first!.destroy();
    await eventually(() => told.length === 3);
    second!.destroy();
    await eventually(() => told.length === 4);
    expect(told.slice(2)).toEqual(['closed, up', 'closed, down']);
  });

  it('count the calls of all, and let them end', async () => {
    const server = await new TestListener().listen();
    const { connections } = watched(server.port, 2);
    await connections.connect();
    const replies = [1, 2, 3].map(() => new RecordedReply());
    for (const reply of replies) connections.source.session!.requester.call(request, reply);
    expect(connections.inFlightCount).toBe(3);
    await eventually(() => server.handler.started.length === 3);
    const closed = connections.close(10_000);
    await turn();
    for (const call of server.handler.started) call.reply('late');
    await closed;
    expect(replies.map(({ isCompleted, items }) => [isCompleted, items])).toEqual(replies.map(() => [true, ['late']]));
  });

  it('cannot be connected where one cannot be made', async () => {
    const { connections, partFailures } = watched(await freePort(), 2);
    await expect(connections.connect()).rejects.toThrow(ConnectFailedError);
    await expect(sessionOf(connections.source)).rejects.toThrow(ConnectFailedError);
    expect([connections.isConnected, partFailures]).toEqual([false, []]);
  });

  it.each(['are lost', 'go away'])(
    'send calls again over one that stands, when others %s and cannot be made anew',
    async (end) => {
      const [first, second] = [await new TestListener().listen(), await new TestListener().listen()];
      const ports = [first.port, second.port];
      const nobody = await freePort();
      const network: Network = { ...systemNetwork, connect: () => connect(ports.shift() ?? nobody, '127.0.0.1') };
      const { connections } = watched(0, 2, { network, retry: defaultRetry });
      await connections.connect();
      const replies = [1, 2].map(() => new RecordedReply());
      const again = { ...request, options: { idempotent: true } };
      if (end === 'go away') void first.listener.close(10_000);
      for (const reply of replies) connections.source.session!.requester.call(again, reply);
      if (end === 'are lost') {
        await eventually(() => first.handler.started.length === 1);
        await first.listener.close(0);
      }
      await eventually(() => second.handler.started.length === 2);
      for (const call of second.handler.started) call.reply('done');
      await eventually(() => replies.every(({ isCompleted }) => isCompleted));
    },
  );

  describe('while one stands and is busy', () => {
    const busy = async (): Promise<Watched & { server: TestListener }> => {
      const server = await new TestListener().listen();
      const client = watched(server.port, 2);
      const { requester } = await sessionOf(client.connections.source);
      requester.call(request, new RecordedReply());
      return { server, ...client };
    };

    it('tell of another that cannot be made', async () => {
      const { connections, partFailures, server } = await busy();
      // Those that stand, stay.
      server.listener.server.close();
      expect(connections.source.session).toBeDefined();
      await eventually(() => partFailures.length > 0);
      expect(partFailures).toEqual([expect.any(ConnectFailedError)]);
      expect(connections.isConnected).toBe(true);
    });

    it('do not tell of another that close() gives up', async () => {
      const { connections, partFailures, told } = await busy();
      expect(connections.source.session).toBeDefined();
      await connections.close(0);
      await eventually(() => told.includes('failed, down'));
      await turn();
      expect(partFailures).toEqual([]);
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientProtosocket, type ProtosocketClientOptions, ProtosocketRecordBuilder } from 'nestjs-protosocket';
import { once } from 'node:events';
import { connect } from 'node:net';
import { firstValueFrom } from 'rxjs';

import { builtInCodec, GOING_AWAY, PING } from '../../lib/contract/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { captureLog } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { frameOf } from '../support/messages.js';
import { assertNoOpenHandles } from '../support/open-handles.js';
import { closeProxies } from '../support/tcp-proxy.js';
import { Proxy } from './support/proxy.js';
import { endServerProcesses, ServerProcess } from './support/server-process.js';

describe('SIGTERM, with shutdown hooks', () => {
  const clients: ClientProtosocket[] = [];
  beforeEach(captureLog);
  afterEach(endServerProcesses);
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterEach(closeProxies);
  afterEach(assertNoOpenHandles);

  function clientOf(port: number, options: ProtosocketClientOptions = {}): ClientProtosocket {
    const client = new ClientProtosocket({ host: '127.0.0.1', port, gracePeriod: 0, ...options });
    clients.push(client);
    return client;
  }

  /** Five calls that are in flight. */
  async function slowCalls(server: ServerProcess, client: ClientProtosocket, ms: number): Promise<Promise<number>[]> {
    const calls = [1, 2, 3, 4, 5].map((id) => firstValueFrom(client.send<number>('slow', { id, ms })));
    for (const call of calls) call.catch(() => undefined);
    await eventually(() => server.lines.filter((line) => line.startsWith('started')).length === 5);
    return calls;
  }

  it('lets calls in flight finish, before the hooks of the application run and the process ends', async () => {
    const server = await ServerProcess.start();
    const calls = await slowCalls(server, clientOf(server.port), 500);
    const ended = server.endBy('SIGTERM');
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5]);
    await ended;
    const finished = [1, 2, 3, 4, 5].map((id) => `finished ${id}`);
    expect(server.lines.slice(6)).toEqual([...finished, 'shut down by SIGTERM']);
    // As Nest ends it: by the signal that it was sent.
    expect(server.end).toEqual({ code: null, signal: 'SIGTERM' });
    expect(server.log).toEqual([]);
  });

  it('takes no more connections and calls meanwhile; they go to the next server, if there is one', async () => {
    const [server, next] = await Promise.all([ServerProcess.start(), ServerProcess.start()]);
    const proxy = await Proxy.to(server.port);
    const client = clientOf(proxy.port);
    const direct = clientOf(server.port);
    const calls = await slowCalls(server, client, 1_000);
    const peer = connect(server.port, '127.0.0.1');
    peer.write(frameOf(builtInCodec(), PING));
    const received: Buffer[] = [];
    await once(peer, 'data');
    peer.on('data', (chunk: Buffer) => received.push(chunk));
    proxy.target = next.port;
    const ended = server.endBy('SIGTERM');
    const heard = (): string => Buffer.concat(received).toString('hex');
    await eventually(() => heard().length > 0);
    expect(heard()).toBe(frameOf(builtInCodec(), GOING_AWAY).toString('hex'));
    await expect(firstValueFrom(direct.send('work', 7))).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      cause: { code: 'ECONNREFUSED' },
    });
    peer.write(frameOf(builtInCodec(), { id: 1, code: ControlCode.Normal, route: 'work', body: 7 }));
    await eventually(() => Buffer.concat(received).includes('UNAVAILABLE'));
    peer.end();
    expect(await firstValueFrom(client.send('work', 7))).toBe(7);
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5]);
    await ended;
    expect(server.lines.at(-1)).toBe('shut down by SIGTERM');
  });

  it('cuts what is still in flight after the grace period', async () => {
    const server = await ServerProcess.start({ gracePeriod: 300 });
    const calls = await slowCalls(server, clientOf(server.port), 60_000);
    await server.endBy('SIGTERM');
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(server.lines.at(-1)).toBe('shut down by SIGTERM');
    expect(server.end).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('has an idempotent call that was cut run again elsewhere', async () => {
    const [server, next] = await Promise.all([ServerProcess.start({ gracePeriod: 300 }), ServerProcess.start()]);
    const proxy = await Proxy.to(server.port);
    const record = new ProtosocketRecordBuilder({ id: 1, ms: 1_000 }).setIdempotent().build();
    const call = firstValueFrom(clientOf(proxy.port).send('slow', record));
    await eventually(() => server.lines.includes('started 1'));
    proxy.target = next.port;
    await server.endBy('SIGTERM');
    expect(await call).toBe(1);
    expect(server.lines).not.toContain('finished 1');
    expect(next.lines).toContain('finished 1');
  });
});

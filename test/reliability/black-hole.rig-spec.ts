import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientProtosocket, type ProtosocketOptions } from 'nestjs-protosocket';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { firstValueFrom, type Subscription } from 'rxjs';

import { ServerProcess } from '../hostile/support/server-process.js';
import { captureLog } from '../support/app.js';
import { assertNoOpenHandles } from '../support/open-handles.js';
import { isLong, reached } from '../support/promises.js';
import { closeProxies } from '../support/tcp-proxy.js';
import { Proxy } from './support/proxy.js';

/** The long form has the defaults; the short one a tenth of them. */
const options: ProtosocketOptions = isLong
  ? {}
  : { keepalive: { interval: 1_000, idleInterval: 6_000, timeout: 1_000 } };
/** The other side does not look for it. */
const indifferent: ProtosocketOptions = { keepalive: false };

describe('a peer behind a black hole is found in real time', () => {
  const opened: (() => unknown)[] = [];
  beforeEach(captureLog);
  afterEach(async () => {
    for (const close of opened.splice(0)) await close();
    await closeProxies();
  });
  afterEach(assertNoOpenHandles);

  /**
   * Swallows what goes between a client and a server in another process.
   *
   * @returns how many seconds it took until `side` had closed the connection.
   */
  async function swallow(side: 'client' | 'server', busy: boolean): Promise<number> {
    const server = await ServerProcess.start({
      transport: 'protosocket',
      options: side === 'server' ? options : indifferent,
    });
    opened.push(() => server.stop());
    const proxy = await Proxy.to((await server.figures()).port);
    const client = new ClientProtosocket({
      host: '127.0.0.1',
      port: proxy.port,
      gracePeriod: 0,
      ...(side === 'client' ? options : indifferent),
    });
    opened.push(() => client.close());
    await firstValueFrom(client.send('echo', 1));
    let call: Subscription | undefined;
    if (busy) {
      call = client.send('hang', 1).subscribe({ error: () => undefined });
      while ((await server.figures()).inFlight === 0) await pause(5);
    }
    proxy.swallow();
    const began = performance.now();
    if (side === 'client') await once(client.unwrap<Socket>(), 'close');
    else while ((await server.figures()).connections > 0) await pause(100);
    const seconds = (performance.now() - began) / 1_000;
    call?.unsubscribe();
    return seconds;
  }

  it('by clients and by servers, with calls pending and without', async () => {
    const [busyClient, busyServer, idleClient, idleServer] = await Promise.all([
      swallow('client', true),
      swallow('server', true),
      swallow('client', false),
      swallow('server', false),
    ]);
    reached('blackhole.busy', Math.max(busyClient, busyServer));
    reached('blackhole.idle', Math.max(idleClient, idleServer));
    // Nor is anybody given up who has not been asked.
    expect(Math.min(idleClient, idleServer)).toBeGreaterThan(isLong ? 60 : 6);
  }, 150_000);
});

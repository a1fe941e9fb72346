import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientProtosocket } from 'nestjs-protosocket';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';

import { captureLog } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { assertNoOpenHandles } from '../support/open-handles.js';
import { asked, reached } from '../support/promises.js';
import { executedOf, Load, twiceIn } from './support/load.js';
import { closeProxies } from '../support/tcp-proxy.js';
import { Proxy } from './support/proxy.js';
import { endServerProcesses, ServerProcess } from './support/server-process.js';

const RESTARTS = asked('restart.restarts');
/** Calls per second. */
const RATE = asked('restart.rate');

describe('a rolling restart', () => {
  let folder: string;
  let ledger: string;
  beforeEach(async () => {
    captureLog();
    folder = await mkdtemp(join(tmpdir(), 'protosocket-restart-'));
    ledger = join(folder, 'executed');
  });
  afterEach(endServerProcesses);
  afterEach(closeProxies);
  afterEach(assertNoOpenHandles);
  afterEach(() => rm(folder, { recursive: true }));

  /** Every call was answered, and no handler ran twice. */
  function assertNothingLost({ acknowledged, calls, failed }: Load): void {
    expect(failed.map(({ error }) => error)).toEqual([]);
    expect(calls.filter(({ ends }) => ends !== 1)).toEqual([]);
    const executed = executedOf(ledger);
    expect(twiceIn(executed)).toEqual([]);
    expect(executed.length).toBe(calls.length);
    expect(acknowledged.length).toBe(calls.length);
  }

  it(
    `loses no call behind a load balancer, ${RESTARTS} times at ${RATE} calls a second`,
    async () => {
      let server = await ServerProcess.start({ ledger });
      const proxy = await Proxy.to(server.port);
      const load = new Load(RATE, 4, { port: proxy.port });
      load.start();
      let restarts = 0;
      for (; restarts < RESTARTS; restarts++) {
        const next = await ServerProcess.start({ ledger });
        proxy.target = next.port;
        const signalled = performance.now();
        await server.endBy('SIGTERM');
        reached('restart.end', (performance.now() - signalled) / 1_000);
        expect(server.log).toEqual([]);
        server = next;
        await sleep(50);
      }
      await load.drain();
      await load.close();
      await server.endBy('SIGTERM');
      reached('restart.restarts', restarts);
      reached('restart.rate', load.reachedRate);
      const unanswered = load.calls.length - load.acknowledged.length;
      reached('restart.failed', unanswered + twiceIn(executedOf(ledger)).length);
      assertNothingLost(load);
    },
    60_000 + RESTARTS * 10_000,
  );

  it(
    'loses no call of clients that have only just come',
    async () => {
      let server = await ServerProcess.start({ ledger });
      const proxy = await Proxy.to(server.port);
      const outcomes: Promise<unknown>[] = [];
      const come = setInterval(() => {
        const client = new ClientProtosocket({ host: '127.0.0.1', port: proxy.port });
        const call = firstValueFrom(client.send<number>('work', outcomes.length));
        outcomes.push(call.catch((error: unknown) => error).finally(() => client.close()));
      }, 1);
      for (let restart = 0; restart < RESTARTS; restart++) {
        const next = await ServerProcess.start({ ledger });
        proxy.target = next.port;
        await server.endBy('SIGTERM');
        server = next;
      }
      clearInterval(come);
      const replies = await Promise.all(outcomes);
      await server.endBy('SIGTERM');
      const wrong = replies.filter((reply, id) => reply !== id);
      reached('restart.failed', wrong.length + twiceIn(executedOf(ledger)).length);
      expect(wrong).toEqual([]);
      expect(executedOf(ledger).sort((a, b) => a - b)).toEqual(replies);
    },
    60_000 + RESTARTS * 10_000,
  );

  it('loses no call of clients that wait for a server that is down meanwhile', async () => {
    let server = await ServerProcess.start({ ledger });
    const { port } = server;
    const load = new Load(200, 2, { port, waitForReady: true, reconnect: { maxDelay: 500 } });
    load.start();
    // Who comes in the moment in which the port closes is reset by the kernel: docs/reliability.md.
    await eventually(() => load.answered > 10);
    for (let restart = 0; restart < 2; restart++) {
      await server.endBy('SIGTERM');
      server = await ServerProcess.start({ ledger, port });
      await eventually(() => load.inFlight.length === 0);
    }
    load.stop();
    await eventually(() => load.inFlight.length === 0);
    await load.close();
    await server.endBy('SIGTERM');
    assertNothingLost(load);
  });
});

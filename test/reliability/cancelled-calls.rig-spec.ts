import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientProtosocket, ProtosocketRecordBuilder } from 'nestjs-protosocket';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';

import { Random } from '../../lib/testing/random.js';
import { ServerProcess } from '../hostile/support/server-process.js';
import { captureLog } from '../support/app.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { countListeners } from '../support/count-listeners.js';
import { assertNoOpenHandles } from '../support/open-handles.js';
import { asked, isLong, reached } from '../support/promises.js';

const CALLS = asked('cancel.calls');
/** `SEED=...` repeats a run. */
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
/** Calls that are made and cancelled together. */
const WAVE = 200;

/** What client and server hold while nothing is going on. */
interface Held {
  /** Calls in the maps of both. */
  readonly calls: number;
  readonly listeners: number;
  /** Bytes, of each. */
  readonly heaps: readonly number[];
}

describe('calls that are cancelled', () => {
  let server: ServerProcess;
  let client: ClientProtosocket;
  beforeEach(async () => {
    captureLog();
    // Whoever cancels so much is cut, unless it is told not to.
    server = await ServerProcess.start({ transport: 'protosocket', options: { cancelBurst: 0 } });
    client = new ClientProtosocket({ host: '127.0.0.1', port: (await server.figures()).port });
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });
  afterEach(assertNoOpenHandles);

  it(
    `leave nothing behind, ${CALLS.toLocaleString('en')} of them (seed ${SEED})`,
    async () => {
      const random = new Random(SEED);
      // One signal for all calls, as a service has one for its shutdown.
      const steady = new AbortController();
      const failures: unknown[] = [];

      async function cancel(count: number): Promise<number> {
        let cancelled = 0;
        while (cancelled < count) {
          const calls = Array.from({ length: WAVE }, () => {
            const record = new ProtosocketRecordBuilder(1).setSignal(steady.signal).build();
            return client.send('hang', record).subscribe({ error: (error: unknown) => failures.push(error) });
          });
          // Before they have left, on their way, or at work.
          for (let turns = random.below(4); turns > 0; turns--) await turn();
          for (const call of calls) call.unsubscribe();
          cancelled += calls.length;
          // Also, whoever cancels is no faster than its peer.
          if (cancelled % (WAVE * 50) === 0) await firstValueFrom(client.send('echo', 1));
        }
        return cancelled;
      }

      async function held(): Promise<Held> {
        await firstValueFrom(client.send('echo', 1));
        const { heap, inFlight, listeners } = await server.figures();
        collectGarbage();
        return {
          calls: inFlight + client.getStats().inFlight,
          listeners: listeners + countListeners(process, steady.signal, client.unwrap<Socket>()),
          heaps: [heap, process.memoryUsage().heapUsed],
        };
      }

      // What is compiled and cached once is no leak.
      await cancel(isLong ? 50_000 : 20_000);
      const before = await held();
      const cancelled = await cancel(CALLS);
      const after = await held();
      const more = after.heaps.map((heap, i) => (heap - before.heaps[i]!) / 1_000_000);
      reached('cancel.calls', cancelled, { seed: SEED });
      reached('cancel.left', after.calls);
      reached('cancel.listeners', after.listeners - before.listeners);
      reached('cancel.heap', Math.max(...more), { seed: SEED });
      expect(failures).toEqual([]);
      expect([after.calls, after.listeners]).toEqual([0, before.listeners]);
    },
    60_000 + CALLS / 2,
  );
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ErrorCode } from 'nestjs-protosocket';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { captureLog } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { assertNoOpenHandles } from '../support/open-handles.js';
import { asked, reached } from '../support/promises.js';
import { executedOf, Load, twiceIn } from './support/load.js';
import { endServerProcesses, ServerProcess } from './support/server-process.js';

const KILLS = asked('crash.kills');
/** Calls per second. */
const RATE = asked('crash.rate');
const CLIENTS = 4;

describe('a server that is killed', () => {
  let folder: string;
  let ledger: string;
  beforeEach(async () => {
    captureLog();
    folder = await mkdtemp(join(tmpdir(), 'protosocket-crash-'));
    ledger = join(folder, 'executed');
  });
  afterEach(endServerProcesses);
  afterEach(assertNoOpenHandles);
  afterEach(() => rm(folder, { recursive: true }));

  it(
    `leaves no call behind, under load, ${KILLS} times`,
    async () => {
      let server = await ServerProcess.start({ ledger });
      const { port } = server;
      const load = new Load(RATE, CLIENTS, { port, reconnect: { maxDelay: 100 } });
      let closes = 0;
      const untold: number[] = [];
      const closed = new Map<number, number>();
      load.onClose((wereInFlight, closedAt) => {
        closes++;
        for (const { ends, id } of wereInFlight) {
          closed.set(id, closedAt);
          if (ends === 0) untold.push(id);
        }
      });
      load.start();
      let kills = 0;
      for (; kills < KILLS; kills++) {
        await eventually(() => load.connections === CLIENTS);
        const before = load.answered;
        await eventually(() => load.answered > before + RATE / 20);
        await sleep(Math.random() * 50);
        await server.endBy('SIGKILL');
        server = await ServerProcess.start({ ledger, port });
      }
      await load.drain();
      const hung = load.inFlight.length;
      await load.close();
      await server.endBy('SIGTERM');

      const executed = executedOf(ledger);
      const once = new Set(executed);
      const twice = [...load.calls.filter(({ ends }) => ends > 1).map(({ id }) => id), ...twiceIn(executed)];
      const lost = load.acknowledged.filter((id) => !once.has(id));
      // Those that had not left waited for another connection.
      const told = load.failed
        .filter(({ error, id }) => codeOf(error) === ErrorCode.CONNECTION_LOST && closed.has(id))
        .map(({ id, toldAt }) => toldAt - closed.get(id)!);
      reached('crash.kills', kills);
      reached('crash.rate', load.reachedRate);
      reached('crash.hung', hung);
      reached('crash.twice', twice.length);
      reached('crash.lost', lost.length);
      reached('crash.told', Math.max(...told));

      expect(load.calls.filter(({ ends }) => ends !== 1)).toEqual([]);
      // Now and then one had only just come back, and heard nothing yet.
      expect(closes).toBeGreaterThan(KILLS * (CLIENTS - 1));
      // All were told with the close itself, and not some time after it, but for those that had not left: they waited for
      // another connection.
      expect(
        untold.map((id) => codeOf(load.calls[id]!.error)).filter((code) => code === ErrorCode.CONNECTION_LOST),
      ).toEqual([]);
      const codes = new Set(load.failed.map(({ error }) => codeOf(error)));
      expect([ErrorCode.CONNECTION_LOST, ErrorCode.CONNECT_FAILED]).toEqual(expect.arrayContaining([...codes]));
      // Whoever was answered was served, and nobody was served twice.
      expect([twice, lost]).toEqual([[], []]);
      expect(load.acknowledged.length).toBeGreaterThan((KILLS * RATE) / 20);
      // Nobody was told that nothing ran when it did.
      const unrun = load.failed.filter(({ error }) => codeOf(error) === ErrorCode.CONNECT_FAILED);
      expect(unrun.filter(({ id }) => once.has(id))).toEqual([]);
    },
    60_000 + KILLS * 10_000,
  );
});

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}

import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { ClientProtosocket } from 'nestjs-protosocket';
import { setTimeout as pause } from 'node:timers/promises';

import { Neighbour } from './support/neighbour.js';
import { ScriptProcess } from './support/script-process.js';
import { ServerProcess } from './support/server-process.js';

/** Everywhere the same attacks; the full figures, and what depends on the machine, only when they are asked for. */
const isLong = process.env.RELIABILITY === 'long';
const size = (short: number, long: number): number => (isLong ? long : short);
const MiB = 1024 * 1024;

/** An attack from a process of its own, on a server in another, with a neighbour in this one. */
class Siege {
  readonly cleanups: (() => unknown)[] = [];
  readonly findings: Record<string, string | number> = {};

  /** @param over what has to come true before the neighbour leaves. */
  async attack(
    name: string,
    count: number,
    options: object = {},
    over: (connections: number) => boolean = () => true,
  ): Promise<{ server: ServerProcess; figure: number }> {
    const server = await ServerProcess.start({ transport: 'protosocket', options });
    this.cleanups.push(() => server.stop());
    const { port } = await server.figures();
    const client = new ClientProtosocket({ host: '127.0.0.1', port });
    this.cleanups.push(() => client.close());
    const neighbour = new Neighbour(client);
    while (neighbour.served < 50) await pause(5);
    const before = await server.figures();
    const attacker = await ScriptProcess.start('attacker', [name, String(port), String(count)]);
    this.cleanups.push(() => attacker.stop());
    let mostRss = 0;
    const watch = setInterval(() => void server.figures().then(({ rss }) => (mostRss = Math.max(mostRss, rss))), 250);
    neighbour.latencies.length = 0;
    const started = performance.now();
    const figure = await attacker.ask<number>('attack');
    while (!over((await server.figures()).connections)) await pause(20);
    clearInterval(watch);
    this.findings['took ms'] = Math.round(performance.now() - started);
    await neighbour.leave();
    const after = await server.figures();
    const sorted = neighbour.latencies.sort((a, b) => a - b);
    Object.assign(this.findings, {
      attack: `${name} ${count}`,
      'handlers at most': after.most,
      'RSS +MiB': Math.round((Math.max(mostRss, after.rss) - before.rss) / MiB),
      'neighbour p99 ms': Math.round(sorted[Math.floor(sorted.length * 0.99)]! * 10) / 10,
      answers: sorted.length,
    });
    return { server, figure };
  }
}

describe('under siege', () => {
  const all: Siege['findings'][] = [];
  let siege = new Siege();

  afterEach(async () => {
    for (const cleanUp of siege.cleanups.splice(0).reverse()) await cleanUp();
    all.push(siege.findings);
    siege = new Siege();
  });
  afterAll(() => {
    if (isLong) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  });

  /** What only a machine of its own can promise. */
  function expectFigures({ rss, p99 = 50 }: { rss: number; p99?: number }): void {
    if (!isLong) return;
    expect(siege.findings['RSS +MiB']).toBeLessThanOrEqual(rss);
    expect(siege.findings['neighbour p99 ms']).toBeLessThanOrEqual(p99);
  }

  const time = isLong ? 180_000 : 30_000;

  it(
    'rapid reset is cut',
    async () => {
      const { figure, server } = await siege.attack('reset', size(30_000, 1_000_000));
      siege.findings['pairs sent'] = figure;
      expect(figure).toBeGreaterThan(9_999);
      while ((await server.figures()).connections > 1) await pause(5);
      const { most } = await server.figures();
      expect(most).toBe(1_024);
      expectFigures({ rss: 32 });
    },
    time,
  );

  it(
    'rapid reset that is not cut leaves no more handlers at work than there may be',
    async () => {
      const pairs = size(30_000, 1_000_000);
      const { figure, server } = await siege.attack('reset', pairs, { cancelBurst: 0 });
      expect(figure).toBe(pairs);
      expect((await server.figures()).most).toBe(1_024);
      expectFigures({ rss: 32 });
    },
    time,
  );

  it(
    'peers that drip are closed in time',
    async () => {
      const incompleteMessageTimeout = size(500, 30_000);
      const { figure } = await siege.attack('drip', size(100, 5_000), { incompleteMessageTimeout });
      expect(figure).toBeGreaterThan(incompleteMessageTimeout / 2);
      if (isLong) expect(figure).toBeLessThan(incompleteMessageTimeout + 5_000);
      expectFigures({ rss: 128 });
    },
    time,
  );

  it(
    'idle connections are cheap',
    async () => {
      const count = size(200, 10_000);
      // The kernel says that it is connected before the server has seen it.
      await siege.attack('idle', count, {}, (connections) => connections === count + 1);
      expectFigures({ rss: 160 });
    },
    time,
  );

  it(
    'replies that nobody reads stay within their bounds',
    async () => {
      const limits = isLong ? {} : { maxSendBufferSize: 2 * MiB, writeTimeout: 1_000 };
      let most = 0;
      await siege.attack('unread', size(4, 40), limits, (connections) => {
        most = Math.max(most, connections);
        return most > 1 && connections === 1;
      });
      // The bound for all, what was made of it meanwhile, and the garbage of both.
      expectFigures({ rss: 640, p99: 500 });
    },
    time,
  );
});

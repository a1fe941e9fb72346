import { ClientProtosocket } from 'nestjs-protosocket';
import type { ConnectionOptions } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';

import type { ServerFigures } from '../processes/server.js';
import { Neighbour } from './neighbour.js';
import { ScriptProcess } from './script-process.js';
import { ServerProcess } from './server-process.js';

export interface Attack {
  /** One of those in `processes/attacker.ts`. */
  readonly name: string;
  readonly count: number;
  /** Options of the server. */
  readonly options?: object;
  /** What the neighbour needs to connect, where the server speaks TLS. */
  readonly tlsOptions?: ConnectionOptions;
  /** What has to come true before the neighbour leaves. */
  readonly over?: (figures: ServerFigures) => boolean;
}

/** What was seen of a server under attack. */
export interface Course {
  /** What the attacker answered. */
  readonly figure: number;
  readonly before: ServerFigures;
  /** From the beginning to the end; `at` is in milliseconds since the beginning. */
  readonly samples: readonly (ServerFigures & { readonly at: number })[];
  readonly after: ServerFigures;
  /** By how many MB its RSS grew, at most. */
  readonly moreRss: number;
  /** Of what the neighbour waited for its answers, in milliseconds. */
  readonly p99: number;
}

/** An attack from a process of its own, on a server in another, with a neighbour in this one. */
export class Siege {
  private readonly cleanups: (() => unknown)[] = [];

  async run({ count, name, options = {}, over = () => true, tlsOptions }: Attack): Promise<Course> {
    const server = await ServerProcess.start({ transport: 'protosocket', options });
    this.cleanups.push(() => server.stop());
    const { port } = await server.figures();
    const client = new ClientProtosocket({ host: '127.0.0.1', port, ...(tlsOptions && { tlsOptions }) });
    this.cleanups.push(() => client.close());
    const neighbour = new Neighbour(client);
    // Until all is as warm as in a server that has run for a while.
    while (neighbour.served < 200) await pause(5);
    const transport = tlsOptions ? 'tls' : 'tcp';
    const attacker = await ScriptProcess.start('attacker', [name, String(port), String(count), transport]);
    this.cleanups.push(() => attacker.stop());
    const before = await server.figures();
    neighbour.latencies.length = 0;
    const started = performance.now();
    const samples: (ServerFigures & { at: number })[] = [];
    let figure: number | undefined;
    void attacker.ask<number>('attack').then((answer) => (figure = answer));
    for (;;) {
      const sample = { ...(await server.figures()), at: performance.now() - started };
      samples.push(sample);
      if (figure !== undefined && over(sample)) break;
      await pause(50);
    }
    await neighbour.leave();
    const after = await server.figures();
    const sorted = neighbour.latencies.sort((a, b) => a - b);
    return {
      figure,
      before,
      samples,
      after,
      moreRss: (Math.max(...samples.map(({ rss }) => rss), after.rss) - before.rss) / 1_000_000,
      p99: sorted[Math.floor(sorted.length * 0.99)]!,
    };
  }

  /** Ends all that it started. */
  async close(): Promise<void> {
    for (const cleanUp of this.cleanups.splice(0).reverse()) await cleanUp();
  }
}

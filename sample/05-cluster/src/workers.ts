import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The processes that share the port. */
export class Workers {
  private readonly running: Worker[] = [];

  constructor() {
    cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker/main.js', import.meta.url)) });
  }

  /** Starts workers, or ends some, until there are `count`. */
  async scaleTo(count: number): Promise<void> {
    while (this.running.length < count) this.running.push(await start());
    while (this.running.length > count) await end(this.running.pop()!);
  }

  /** Replaces one after the other: the new one listens before the old one is told to end. */
  async restart(): Promise<void> {
    for (const [index, old] of this.running.entries()) {
      this.running[index] = await start();
      await end(old);
    }
  }

  /** How long all that run have kept cores busy, in milliseconds. */
  async cpuTime(): Promise<number> {
    const times = await Promise.all(this.running.map(cpuTimeOf));
    return times.reduce((sum, time) => sum + time, 0);
  }
}

async function cpuTimeOf(worker: Worker): Promise<number> {
  const answer = once(worker, 'message') as Promise<[number]>;
  worker.send('cpu time');
  return (await answer)[0];
}

async function start(): Promise<Worker> {
  const worker = cluster.fork();
  const failed = once(worker, 'exit').then(() => {
    throw new Error(`Worker ${worker.id} has ended before it listened`);
  });
  await Promise.race([once(worker, 'message'), failed]);
  return worker;
}

async function end(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const ended = once(worker, 'exit');
  worker.process.kill('SIGTERM');
  await ended;
}

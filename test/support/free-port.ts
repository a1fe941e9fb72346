import { createServer } from 'node:net';

/** Below those that systems give to whoever asks for any: 32768 and up on Linux, 49152 elsewhere. */
const FIRST_FREE = 20_000;
const PORTS_OF_A_WORKER = 1_000;
let nextFree = Math.floor(Math.random() * PORTS_OF_A_WORKER);

/**
 * A port on which nobody listens, nor will: it is none that the system would give to another test's server, and each of
 * Jest's processes has its own.
 */
export async function freePort(): Promise<number> {
  const ports = FIRST_FREE + (Number(process.env.JEST_WORKER_ID ?? 0) % 12) * PORTS_OF_A_WORKER;
  for (;;) {
    const port = ports + (nextFree++ % PORTS_OF_A_WORKER);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = new Promise<boolean>((resolve) => {
    server.once('listening', () => resolve(true)).once('error', () => resolve(false));
  });
  server.listen(port, '127.0.0.1');
  const free = await listening;
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

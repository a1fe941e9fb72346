import 'reflect-metadata';

import { Logger } from '@nestjs/common';
import { ServerTCP } from '@nestjs/microservices';
import { ServerProtosocket } from 'nestjs-protosocket';
import type { AddressInfo, Server } from 'node:net';

/** What the process tells when it is asked. */
export interface ServerFigures {
  readonly port: number;
  readonly rss: number;
  /** Handlers at work, and the most that there were. */
  readonly live: number;
  readonly most: number;
  readonly connections: number;
}

Logger.overrideLogger(false);
const [transport, options = '{}'] = process.argv.slice(2);
const settings = { host: '127.0.0.1', port: 0, ...(JSON.parse(options) as object) };
const server = transport === 'tcp' ? new ServerTCP(settings) : new ServerProtosocket(settings);
let live = 0;
let most = 0;

server.addHandler('echo', (data: unknown) => Promise.resolve(data as never));
server.addHandler('work', async () => {
  most = Math.max(most, ++live);
  await new Promise(() => undefined);
  return undefined as never;
});

server.addHandler('megabyte', () => Promise.resolve('x'.repeat(1024 * 1024) as never));

/** To ask the system for it takes a file descriptor, which there may not be. */
function rss(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}

process.on('message', () => {
  globalThis.gc?.();
  const net = server.unwrap<Server>();
  net.getConnections((_, connections) => {
    const { port } = net.address() as AddressInfo;
    process.send!({ port, rss: rss(), live, most, connections } satisfies ServerFigures);
  });
});
process.on('disconnect', () => process.exit());
server.listen(() => process.send!('listening'));

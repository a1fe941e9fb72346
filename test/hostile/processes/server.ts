import 'reflect-metadata';

import { Logger } from '@nestjs/common';
import { ServerTCP } from '@nestjs/microservices';
import { ServerProtosocket } from 'nestjs-protosocket';
import type { AddressInfo, Server, Socket } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import { NEVER } from 'rxjs';

import { countListeners } from '../../support/count-listeners.js';

/** What the process tells when it is asked. */
export interface ServerFigures {
  readonly port: number;
  readonly rss: number;
  /** Bytes, once what is garbage was collected. */
  readonly heap: number;
  /** Handlers at work, and the most that there were. */
  readonly live: number;
  readonly most: number;
  readonly connections: number;
  /** Calls that the server has in its maps. */
  readonly inFlight: number;
  /** How many items the endless streams were asked for. */
  readonly pulled: number;
  /** On the process, the server and its sockets. */
  readonly listeners: number;
}

Logger.overrideLogger(false);
const [transport, options = '{}'] = process.argv.slice(2);
const settings = { host: '127.0.0.1', port: 0, ...(JSON.parse(options) as object) };
const server = transport === 'tcp' ? new ServerTCP(settings) : new ServerProtosocket(settings);
const sockets = new Set<Socket>();
let live = 0;
let most = 0;
let pulled = 0;

server.addHandler('echo', (data: unknown) => Promise.resolve(data as never));
server.addHandler('work', async () => {
  most = Math.max(most, ++live);
  await new Promise(() => undefined);
  return undefined as never;
});
server.addHandler('megabyte', () => Promise.resolve('x'.repeat(1024 * 1024) as never));
server.addHandler('hang', () => Promise.resolve(NEVER));
server.addHandler('endless', () => Promise.resolve(endless() as never));

async function* endless(): AsyncGenerator<string> {
  for (;;) {
    pulled++;
    yield await Promise.resolve('x'.repeat(1_024));
  }
}

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
    const inFlight = server instanceof ServerProtosocket ? server.getStats().inFlight : 0;
    const listeners = countListeners(process, net, ...sockets);
    const heap = getHeapStatistics().used_heap_size;
    process.send!({
      port,
      rss: rss(),
      heap,
      live,
      most,
      connections,
      inFlight,
      pulled,
      listeners,
    } satisfies ServerFigures);
  });
});
process.on('disconnect', () => process.exit());
server.listen(() => {
  server.unwrap<Server>().on('connection', (socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  process.send!('listening');
});

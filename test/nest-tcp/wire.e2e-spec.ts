import { expect } from '@jest/globals';
import { Controller, type ModuleMetadata } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { behaviours } from './support/behaviour.js';
import { type Bench, type Service } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Journal } from './support/providers.js';

const pipeline = 'integration/microservices/e2e/tcp-json-socket-pipeline.spec.ts';
const memory = 'integration/microservices/e2e/tcp-memory-bounds.spec.ts';
const maxBufferSize = 'packages/microservices/test/json-socket/max-buffer-size.spec.ts';
const parsing = 'packages/microservices/test/json-socket/message-parsing.spec.ts';

@Controller()
class WireController {
  constructor(private readonly journal: Journal) {}

  @MessagePattern('echo')
  echo(data: unknown): unknown {
    this.journal.note(data);
    return data;
  }

  @MessagePattern('megabyte')
  megabyte(): string {
    this.journal.note('megabyte');
    return 'x'.repeat(1024 * 1024);
  }
}

const parts: ModuleMetadata = { controllers: [WireController], providers: [Journal] };

/** Waits until the server has closed its end of the one connection that it has had. */
async function isClosed(service: Service): Promise<void> {
  await eventually(() => service.connections().length === 0);
}

async function connected(bench: Bench, service: Service): Promise<Socket> {
  const socket = await bench.socket(service.port);
  await eventually(() => service.connections().length === 1);
  return socket;
}

/** Writes `bytes` one at a time, `milliseconds` apart, as long as there is a connection. */
async function trickle(socket: Socket, bytes: Buffer, milliseconds: number): Promise<void> {
  for (const byte of bytes) {
    if (!socket.writable) return;
    socket.write(Buffer.of(byte));
    await pause(milliseconds);
  }
}

behaviours('bytes from the peer', [
  {
    behaviour: 'twelve thousand messages in one write',
    source: `${pipeline} › server remains responsive`,
    async test(bench) {
      const service = await bench.service(parts);
      const socket = await connected(bench, service);
      const { entries } = service.app.get(Journal);
      const frames = Array.from({ length: 12_000 }, (_, i) => bench.transport.frame('echo', i, i + 1));
      socket.write(Buffer.concat(frames));
      await eventually(() => entries.length === 12_000);
      expect(entries.at(-1)).toBe(11_999);
      expect(await all(service.client().send('echo', 'still there'))).toEqual(['still there']);
    },
  },
  {
    behaviour: 'a message in many pieces',
    source: `${parsing} › when receiving single message in chunks`,
    async test(bench) {
      const service = await bench.service(parts);
      const socket = await connected(bench, service);
      await trickle(socket, bench.transport.frame('echo', 'whole', 1), 1);
      const { entries } = service.app.get(Journal);
      await eventually(() => entries.length === 1);
      expect(entries).toEqual(['whole']);
    },
  },
  {
    behaviour: 'what is no message ends the connection, is logged, and leaves the others alone',
    source: `${parsing} › when received message has corrupted length`,
    async test(bench) {
      const service = await bench.service(parts);
      const socket = await connected(bench, service);
      socket.write(bench.transport.garbage);
      await isClosed(service);
      await eventually(() => logged.length > 0);
      expect(await all(service.client().send('echo', 1))).toEqual([1]);
    },
  },
  {
    behaviour: 'a message above maxBufferSize ends the connection, and leaves the others alone',
    source: maxBufferSize,
    async test(bench) {
      const service = await bench.service(parts, { maxBufferSize: 10_000 });
      const client = service.client();
      await failureOf(client.send('echo', 'x'.repeat(20_000)));
      await isClosed(service);
      expect(await all(client.send('echo', 'small'))).toEqual(['small']);
      expect(service.app.get(Journal).entries).toEqual(['small']);
    },
  },
  {
    behaviour: 'a peer that falls silent within a message is dropped after incompleteMessageTimeout',
    source: `${memory} › should drop a peer that goes silent in the middle of a packet`,
    async test(bench) {
      const service = await bench.service(parts, { incompleteMessageTimeout: 30 });
      const socket = await connected(bench, service);
      const closed = once(socket, 'close');
      socket.write(bench.transport.frame('echo', 1, 1).subarray(0, -2));
      await closed;
      await isClosed(service);
    },
  },
  {
    behaviour: 'a peer that is silent between messages is not',
    source: `${memory} › should not drop an idle peer that is between packets`,
    async test(bench) {
      const service = await bench.service(parts, { incompleteMessageTimeout: 30 });
      const client = service.client();
      expect(await all(client.send('echo', 1))).toEqual([1]);
      const [connection] = service.connections();
      await pause(100);
      expect(await all(client.send('echo', 2))).toEqual([2]);
      expect(service.connections()).toEqual([connection]);
    },
  },
  {
    behaviour: 'a peer that is slow within a message is not',
    source: `${memory} › should not drop a slow but progressing transfer`,
    async test(bench) {
      const service = await bench.service(parts, { incompleteMessageTimeout: 400 });
      const socket = await connected(bench, service);
      await trickle(socket, bench.transport.frame('echo', 'slow and steady', 1), 10);
      const { entries } = service.app.get(Journal);
      await eventually(() => entries.length === 1);
    },
    ours: {
      instead: 'it is dropped as well',
      because: 'the time is for the whole message: a byte now and then would hold a connection for ever',
      async test(bench) {
        const service = await bench.service(parts, { incompleteMessageTimeout: 30 });
        const socket = await connected(bench, service);
        await trickle(socket, bench.transport.frame('echo', 'x'.repeat(1000), 1), 10);
        await isClosed(service);
        expect(service.app.get(Journal).entries).toEqual([]);
      },
    },
  },
  {
    behaviour: 'a peer that asks and does not read is dropped above maxSendBufferSize',
    source: `${memory} › should drop a peer that lets responses pile up unread`,
    async test(bench) {
      const service = await bench.service(parts, { maxSendBufferSize: 2 * 1024 * 1024 });
      const socket = await connected(bench, service);
      socket.pause();
      for (let id = 1; id <= 20; id++) socket.write(bench.transport.frame('megabyte', 0, id));
      await isClosed(service);
    },
    ours: {
      instead: 'it gets what there is room for, and a failure for each of the others',
      because: 'it may be slow and nothing worse; writeTimeout drops one that takes nothing',
      async test(bench) {
        const service = await bench.service(parts, { maxSendBufferSize: 2 * 1024 * 1024 });
        const socket = await connected(bench, service);
        let received = 0;
        socket.on('data', (chunk: Buffer) => (received += chunk.length));
        socket.pause();
        // In one write, for nothing more is read while the replies wait.
        const frames = Array.from({ length: 20 }, (_, i) => bench.transport.frame('megabyte', 0, i + 1));
        socket.write(Buffer.concat(frames));
        await eventually(() => service.app.get(Journal).entries.length === 20);
        socket.resume();
        socket.write(bench.transport.frame('echo', 'the last', 21));
        await eventually(() => service.app.get(Journal).entries.includes('the last'));
        expect(received).toBeLessThan(20 * 1024 * 1024);
        expect(service.connections()).toHaveLength(1);
      },
    },
  },
  {
    behaviour: 'a peer that reads is served',
    source: `${memory} › should serve a peer that reads its responses`,
    async test(bench) {
      const service = await bench.service(parts, { maxSendBufferSize: 32 * 1024 * 1024 });
      const client = service.client();
      const replies = await Promise.all(Array.from({ length: 20 }, () => all(client.send<string>('megabyte', {}))));
      expect(replies.map(([reply]) => reply?.length)).toEqual(Array.from({ length: 20 }, () => 1024 * 1024));
      expect(service.connections()).toHaveLength(1);
    },
  },
]);

behaviours('Unix domain sockets', [
  {
    behaviour: 'path in place of host and port: requests, and a path that is taken',
    source: 'packages/microservices/test/server/server-local-domain.spec.ts',
    onlyOurs: true,
    async test(bench) {
      const folder = mkdtempSync(join(tmpdir(), 'protosocket-'));
      bench.later(() => rmSync(folder, { recursive: true }));
      const path = join(folder, 'socket');
      const options = { host: undefined, port: undefined, path };
      const service = await bench.service(parts, options);
      expect(await all(service.client().send('echo', 1))).toEqual([1]);
      expect(await failureOf(bench.service(parts, options))).toMatchObject({ code: 'EADDRINUSE' });
    },
  },
]);

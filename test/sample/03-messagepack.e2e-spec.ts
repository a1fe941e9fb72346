import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProtosocket, ServerProtosocket } from 'nestjs-protosocket';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';

import { contract } from '../../sample/03-messagepack/src/contract.js';
import { demonstrate } from '../../sample/03-messagepack/src/demonstration.js';
import { StoreClient } from '../../sample/03-messagepack/src/store.client.js';
import { StoreController } from '../../sample/03-messagepack/src/store.controller.js';
import { StoreModule } from '../../sample/03-messagepack/src/store.module.js';
import { eventually } from '../support/eventually.js';

const readme = readFileSync('sample/03-messagepack/README.md', 'utf8');

describe('sample 03', () => {
  const server = new ServerProtosocket({ host: '127.0.0.1', port: 0, contract });
  let service: INestMicroservice;
  let client: ClientProtosocket;
  let store: StoreClient;
  let port: number;

  beforeAll(async () => {
    service = await NestFactory.createMicroservice(StoreModule, { strategy: server, logger: false });
    await service.listen();
    ({ port } = server.unwrap().address() as AddressInfo);
    client = new ClientProtosocket({ host: '127.0.0.1', port, contract });
    store = new StoreClient(client);
  });
  afterAll(async () => {
    await client.close();
    await service.close();
    expect(server.getStats()).toEqual({ connections: 0, inFlight: 0 });
  });
  beforeEach(() => store.clear());

  it('prints what the README says', async () => {
    const lines: string[] = [];
    await demonstrate(store, (line) => lines.push(`  ${line}`));
    expect(readme).toContain(`\n${lines.join('\n')}\n`);
  });

  it('watches until it is unsubscribed', async () => {
    const controller = service.get(StoreController);
    const changes: string[] = [];
    const watching = store.watch('a').subscribe((change) => changes.push(change));
    await eventually(() => controller.watching === 1);
    await store.put('a1', 'one');
    await store.put('b1', 'two');
    await eventually(() => changes.length === 1);
    watching.unsubscribe();
    await eventually(() => controller.watching === 0);
    expect(changes).toEqual(['a1: one']);
  });

  it('tells what is not there', async () => {
    await expect(store.get('nothing')).rejects.toEqual({ code: 'NOT_FOUND', message: 'There is no nothing' });
  });

  it('answers the frame of the README as it says there', async () => {
    const [request, reply] = [...readme.matchAll(/^ce [\da-f ]+$/gm)].map(([line]) =>
      Buffer.from(line.replaceAll(' ', ''), 'hex'),
    );
    const received: Buffer[] = [];
    const peer = connect(port, '127.0.0.1');
    peer.on('data', (chunk) => received.push(chunk));
    peer.write(request!);
    await eventually(() => Buffer.concat(received).length >= reply!.length);
    expect(Buffer.concat(received).toString('hex')).toBe(reply!.toString('hex'));
    peer.destroy();
  });
});

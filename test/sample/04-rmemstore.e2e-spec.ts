import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ServerProtosocket } from 'nestjs-protosocket';
import type { AddressInfo, Server } from 'node:net';

import { rmemstore } from '../../sample/04-rmemstore/src/rmemstore.js';
import { StoreModule } from '../../sample/04-rmemstore/src/store/store.module.js';

describe('sample 04', () => {
  let store: INestMicroservice;
  let gateway: INestApplication;
  let url: string;

  beforeAll(async () => {
    const strategy = new ServerProtosocket({ host: '127.0.0.1', port: 0, contract: rmemstore });
    store = await NestFactory.createMicroservice(StoreModule, { strategy, logger: false });
    await store.listen();
    // The gateway reads the port when it is imported.
    process.env.RMEMSTORED_PORT = String((strategy.unwrap().address() as AddressInfo).port);
    const { GatewayModule } = await import('../../sample/04-rmemstore/src/gateway/gateway.module.js');
    gateway = await NestFactory.create(GatewayModule, { logger: false });
    await gateway.listen(0, '127.0.0.1');
    const { port } = (gateway.getHttpServer() as Server).address() as AddressInfo;
    url = `http://127.0.0.1:${port}/keys`;
  });

  afterAll(async () => {
    delete process.env.RMEMSTORED_PORT;
    await gateway.close();
    await store.close();
  });

  const put = async (key: string, value: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/${key}`, { method: 'PUT', headers, body: JSON.stringify(value) });
    return response.ok ? response.json() : response.status;
  };

  it('puts and gets values of whatever depth', async () => {
    const value = { name: 'ann', likes: { tea: { colour: 'green' } }, nothing: {} };
    expect(await put('ann', value)).toEqual({ stored: true });
    expect(await (await fetch(`${url}/ann`)).json()).toEqual({ value });
  });

  it('says what is not there, and what is no value', async () => {
    expect((await fetch(`${url}/bob`)).status).toBe(404);
    expect(await put('bob', { ages: [1, 2] })).toBe(400);
  });

  it('says that the store is gone', async () => {
    await store.close();
    expect((await fetch(`${url}/ann`)).status).toBe(503);
    expect(await put('ann', { tea: 'green' })).toBe(503);
  });
});

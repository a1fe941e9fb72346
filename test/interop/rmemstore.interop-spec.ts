import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { ClientProtosocket } from 'nestjs-protosocket';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstValueFrom } from 'rxjs';

import { GatewayModule } from '../../sample/04-rmemstore/src/gateway/gateway.module.js';
import { type Response, rmemstore, type Value } from '../../sample/04-rmemstore/src/rmemstore.js';
import { StoreController } from '../../sample/04-rmemstore/src/store/store.controller.js';
import { captureLog, closeServices, connectTo, startService } from '../support/app.js';
import { whenAvailable } from './support/required.js';
import { RMEMSTORE_PEER, rmemstoreServers } from './support/rmemstore.js';
import { buildRust, endRustPeers, hasCargo, runRustClient } from './support/rust.js';

const put = (client: ClientProtosocket, key: string, value: Value): Promise<Response> =>
  firstValueFrom(client.send('put', { key: Buffer.from(key), value }));
const get = (client: ClientProtosocket, key: string): Promise<Response> =>
  firstValueFrom(client.send('get', { key: Buffer.from(key) }));

const text = (string: string): Value => ({ string });
const map = (entries: Record<string, Value>): Value => ({ map: { map: entries } });

whenAvailable('cargo', hasCargo)('rmemstore', () => {
  beforeAll(() => buildRust(RMEMSTORE_PEER), 600_000);
  beforeEach(captureLog);
  afterEach(closeServices);
  afterEach(endRustPeers);

  for (const server of rmemstoreServers()) {
    server.describe(`a Nest client on a server in Rust: ${server.name}`, () => {
      beforeAll(server.build, 1_200_000);

      const connect = async (): Promise<ClientProtosocket> => connectTo(await server.start(), { contract: rmemstore });

      it.each<[string, Value]>([
        ['a text', text('ü€𝄞')],
        ['an empty text', text('')],
        ['bytes', { blob: Buffer.of(0, 255, 128) }],
        ['an empty map', map({})],
        ['a map of maps', map({ a: map({ b: map({ c: text('deep'), d: { blob: Buffer.of(1) } }) }), e: text('') })],
      ])('puts and gets %s', async (_, value) => {
        const client = await connect();
        expect(await put(client, 'key', value)).toEqual({ ok: true });
        expect(await get(client, 'key')).toEqual({ value });
      });

      it('sees a miss as a response without an arm', async () => {
        expect(await get(await connect(), 'nowhere')).toEqual({});
      });

      it('pipelines: each reply finds its call', async () => {
        const client = await connect();
        const keys = Array.from({ length: 2_000 }, (_, i) => `key ${i}`);
        await Promise.all(keys.map((key) => put(client, key, map({ key: text(key), n: { blob: Buffer.from(key) } }))));
        const values = await Promise.all(keys.map((key) => get(client, key)));
        expect(values.map(({ value }) => value?.map?.map.key?.string)).toEqual(keys);
      });

      describe("through the sample's gateway", () => {
        let gateway: INestApplication;
        let url: string;

        beforeEach(async () => {
          const module = Test.createTestingModule({ imports: [GatewayModule] });
          // The gateway's own would connect to a port that is fixed.
          module.overrideProvider('RMEMSTORE').useValue(await connect());
          gateway = (await module.compile()).createNestApplication({ logger: false });
          await gateway.listen(0, '127.0.0.1');
          const { port } = (gateway.getHttpServer() as Server).address() as AddressInfo;
          url = `http://127.0.0.1:${port}/keys`;
        });
        afterEach(() => gateway.close());

        it('puts, gets and misses', async () => {
          const value = { name: 'ann', likes: { tea: 'green' } };
          const headers = { 'content-type': 'application/json' };
          const stored = await fetch(`${url}/ann`, { method: 'PUT', headers, body: JSON.stringify(value) });
          expect(await stored.json()).toEqual({ stored: true });
          expect(await (await fetch(`${url}/ann`)).json()).toEqual({ value });
          expect((await fetch(`${url}/bob`)).status).toBe(404);
          const refused = await fetch(`${url}/ann`, { method: 'PUT', headers, body: '[1]' });
          expect(refused.status).toBe(400);
        });
      });
    });
  }

  it('the published Rust client on a Nest server: puts, gets and misses, pipelined', async () => {
    const { port } = await startService([StoreController], { contract: rmemstore });
    const load = ['--address', `127.0.0.1:${port}`, '--keys', '2000', '--in-flight', '500'];
    const run = await runRustClient(`${RMEMSTORE_PEER}/target/release/rmemstore-client`, load);
    expect(run.errors).toBe('');
    expect(run.lines).toEqual([{ puts: 2000, gets: 2000, misses: 2000, mismatched: 0, failed: 0 }]);
    expect(run.code).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication, INestMicroservice, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ServerProtosocket } from 'nestjs-protosocket';
import type { AddressInfo } from 'node:net';

import { eventually } from '../support/eventually.js';

const log: string[] = [];
const note = (message: unknown): void => {
  log.push(String(message));
};
const logger: LoggerService = { log: note, warn: note, error: note };

describe('sample 01', () => {
  const server = new ServerProtosocket({ host: '127.0.0.1', port: 0 });
  let microservice: INestMicroservice;
  let gateway: INestApplication;
  let url: string;

  beforeAll(async () => {
    const { MathModule } = await import('../../sample/01-gateway/src/math/math.module.js');
    microservice = await NestFactory.createMicroservice(MathModule, { strategy: server, logger });
    await microservice.listen();
    // The gateway reads the port when it is imported.
    process.env.PROTOSOCKET_PORT = String((server.unwrap().address() as AddressInfo).port);
    const { GatewayModule } = await import('../../sample/01-gateway/src/gateway/gateway.module.js');
    gateway = await NestFactory.create(GatewayModule, { logger, forceCloseConnections: true });
    await gateway.listen(0, '127.0.0.1');
    url = await gateway.getUrl();
  });
  afterAll(async () => {
    await gateway.close();
    await microservice.close();
    expect(server.getStats()).toEqual({ connections: 0, inFlight: 0 });
  });

  it.each([
    ['a request', '/sum?numbers=1,2,3', 200, { sum: 6 }],
    [
      'a deadline',
      '/ponder?question=everything&timeout=50',
      504,
      expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }),
    ],
    [
      'an error of the handler',
      '/divide?dividend=1&divisor=0',
      422,
      { code: 'DIVISION_BY_ZERO', message: 'There is no such number', details: { dividend: 1 } },
    ],
    ['no such error', '/divide?dividend=1&divisor=4', 200, { quotient: 0.25 }],
    ['a pattern without a handler', '/nobody', 501, expect.objectContaining({ code: 'NO_HANDLER' })],
    [
      'a mistake of the HTTP client',
      '/divide?dividend=one&divisor=4',
      400,
      expect.objectContaining({ statusCode: 400 }),
    ],
    ['a list that is none', '/sum?numbers=1,two', 400, expect.objectContaining({ statusCode: 400 })],
    ['a list that is missing', '/sum', 400, expect.objectContaining({ statusCode: 400 })],
    [
      'a timeout that is none',
      '/ponder?question=everything&timeout=-5',
      400,
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    ],
  ])('%s', async (_, path, status, body) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
  });

  it('a request carries its id as metadata', () => {
    expect(log.some((line) => /sum of 3 numbers, request [-0-9a-f]{36}/.test(line))).toBe(true);
  });

  it('a deadline stops the microservice', async () => {
    const before = log.length;
    await fetch(`${url}/ponder?question=everything&timeout=50`);
    await eventually(() => log.slice(before).some((line) => line.startsWith('pondering stopped:')));
  });

  it('a stream', async () => {
    const text = await (await fetch(`${url}/primes?below=30`)).text();
    expect([...text.matchAll(/^data: (\d+)$/gm)].map(([, prime]) => Number(prime))).toEqual([
      2, 3, 5, 7, 11, 13, 17, 19, 23, 29,
    ]);
  });

  it('an event', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await fetch(`${url}/notes`, { method: 'POST', body: 'text=buy+milk', headers })).status).toBe(201);
    await eventually(() => server.getStats().inFlight === 0);
    expect(await (await fetch(`${url}/notes`)).json()).toEqual(['buy milk']);
    expect((await fetch(`${url}/notes`, { method: 'POST' })).status).toBe(400);
  });

  it('cancel: who walks away from a stream stops the microservice', async () => {
    const abort = new AbortController();
    const response = await fetch(`${url}/countdown?from=60`, { signal: abort.signal });
    await response.body!.getReader().read();
    abort.abort();
    await eventually(() => log.includes('countdown stopped at 60'));
  });

  // The last test: it closes the gateway.
  it('the end of the gateway cancels the streams that are open', async () => {
    const response = await fetch(`${url}/countdown?from=50`);
    const reader = response.body!.getReader();
    await reader.read();
    const started = performance.now();
    await gateway.close();
    await expect(reader.read()).rejects.toThrow();
    await eventually(() => log.includes('countdown stopped at 50'));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

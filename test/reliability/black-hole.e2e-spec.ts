import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { type ClientProtosocket, ProtosocketContext, type ProtosocketOptions } from 'nestjs-protosocket';
import { connect } from 'node:net';
import { firstValueFrom, NEVER, type Observable } from 'rxjs';

import { openCall } from '../../lib/session/index.js';
import { captureLog, closeServices, connectTo, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { closeSessions, TestConnector, TestListener } from '../support/sessions.js';
import { closeTcpServers, TcpServer } from '../support/tcp-server.js';
import { turn } from '../support/turn.js';
import { closeProxies } from '../support/tcp-proxy.js';
import { Proxy } from './support/proxy.js';

/** As by default. */
const keepalive = { interval: 10_000, idleInterval: 60_000, timeout: 10_000 };

/** A connection through a proxy, whose two sides have shown each other that they are there. */
async function connected(
  serverOptions: object,
  clientOptions: object,
): Promise<{ server: TestListener; client: TestConnector; proxy: Proxy }> {
  const server = await new TestListener(undefined, serverOptions).listen();
  const proxy = await Proxy.to(server.port);
  const client = new TestConnector(proxy.port, clientOptions);
  const { socket } = await client.connector.connect();
  await eventually(() => socket.bytesRead > 0);
  return { server, client, proxy };
}

/** Lets `milliseconds` pass on `clock`, with what a real connection does meanwhile. */
async function pass({ clock }: TestListener | TestConnector, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 1_000) {
    clock.advance(1_000);
    await turn();
  }
}

describe('a black hole', () => {
  afterEach(closeSessions);
  afterEach(closeProxies);
  afterEach(closeTcpServers);

  it.each([
    [25_000, true],
    [75_000, false],
  ])('is found by a client within %d ms (calls in flight: %s)', async (limit, busy) => {
    const { client, proxy, server } = await connected({}, { keepalive });
    const reply = new RecordedReply();
    if (busy) openCall(client.connector, { route: 'r', body: 1, options: {} }, reply);
    if (busy) await eventually(() => server.handler.started.length === 1);
    // As long as there is none, nothing is lost.
    await pass(client, 300_000);
    expect(client.closures).toEqual([]);
    proxy.swallow();
    await pass(client, limit);
    await eventually(() => client.closures.length > 0);
    expect(client.closures[0]).toMatchObject({ code: 'CONNECTION_LOST' });
    if (busy) expect(reply.failure).toMatchObject({ code: 'CONNECTION_LOST', cause: client.closures[0] });
    expect(client.clock.pending).toBe(0);
  });

  it.each([
    [25_000, true],
    [75_000, false],
  ])('is found by a server within %d ms (calls in flight: %s)', async (limit, busy) => {
    const { client, proxy, server } = await connected({ keepalive }, {});
    if (busy) openCall(client.connector, { route: 'r', body: 1, options: {} }, new RecordedReply());
    await eventually(() => server.handler.started.length === (busy ? 1 : 0));
    await pass(server, 300_000);
    expect(server.listener.connectionCount).toBe(1);
    proxy.swallow();
    await pass(server, limit);
    await eventually(() => server.listener.connectionCount === 0);
    expect(server.connectionErrors).toEqual([expect.objectContaining({ code: 'CONNECTION_LOST' })]);
    if (busy) expect(server.handler.started[0]!.signal.aborted).toBe(true);
    expect([server.listener.inFlightCount, server.clock.pending]).toEqual([0, 0]);
  });

  it('is not looked for by a client whose server has never answered a ping', async () => {
    const older = await TcpServer.listen();
    const client = new TestConnector(older.port, { keepalive });
    await client.connector.connect();
    await pass(client, 300_000);
    expect([client.closures, client.clock.pending]).toEqual([[], 0]);
  });

  it('is not looked for by a server whose client has never sent a ping', async () => {
    const server = await new TestListener(undefined, { keepalive }).listen();
    const older = connect(server.port, '127.0.0.1');
    const heard: Buffer[] = [];
    older.on('data', (chunk: Buffer) => heard.push(chunk));
    await eventually(() => server.listener.connectionCount === 1);
    await pass(server, 300_000);
    expect([heard, server.listener.connectionCount, server.clock.pending]).toEqual([[], 1, 0]);
    older.destroy();
  });
});

let started = 0;

@Controller()
class HangingController {
  @MessagePattern('never')
  never(_: unknown, @Ctx() context: ProtosocketContext): Observable<never> {
    started++;
    context.signal.addEventListener('abort', () => started--);
    return NEVER;
  }

  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }
}

describe('keepalive, in real time', () => {
  let service: Service;
  let proxy: Proxy;
  let client: ClientProtosocket;
  const short: ProtosocketOptions = { keepalive: { interval: 40, idleInterval: 40, timeout: 1_000 } };

  beforeEach(() => {
    captureLog();
    started = 0;
  });
  afterEach(closeProxies);
  afterEach(closeServices);

  async function start(server: ProtosocketOptions, options: ProtosocketOptions): Promise<void> {
    service = await startService([HangingController], server);
    proxy = await Proxy.to(service.port);
    client = connectTo(proxy.port, options);
    expect(await firstValueFrom(client.send('echo', 1))).toBe(1);
  }

  it('fails a call whose server is gone, and the next one goes over a new connection', async () => {
    await start({}, short);
    const call = firstValueFrom(client.send('never', {})).catch((error: unknown) => error);
    await eventually(() => started === 1);
    proxy.swallow();
    expect(await call).toMatchObject({ code: 'CONNECTION_LOST', cause: { message: expect.stringMatching(/ping/) } });
    expect(await firstValueFrom(client.send('echo', 2))).toBe(2);
  });

  it('stops the handler whose client is gone', async () => {
    await start(short, { keepalive: false });
    const call = firstValueFrom(client.send('never', {})).catch((error: unknown) => error);
    await eventually(() => started === 1);
    proxy.swallow();
    await eventually(() => started === 0);
    expect(service.server.getStats()).toEqual({ connections: 0, inFlight: 0 });
    await client.close();
    expect(await call).toMatchObject({ code: 'CONNECTION_LOST' });
  });
});

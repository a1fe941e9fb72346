import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, RpcException } from '@nestjs/microservices';
import {
  ConnectFailedError,
  DeadlineExceededError,
  ProtosocketRecordBuilder,
  UnavailableError,
} from 'nestjs-protosocket';
import { firstValueFrom, lastValueFrom } from 'rxjs';

import { captureLog, closeServices, connectTo, logged, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { closeTcpServers } from '../support/tcp-server.js';

let begun = 0;
let release: (() => void) | undefined;
const noted: unknown[] = [];
/** What is logged, once, while calls wait. */
const waits = 'warn: Calls wait for a connection: Could not connect to 127.0.0.1';

@Controller()
class ConnectionsController {
  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }

  /** The first time it hangs. */
  @MessagePattern('second time')
  async secondTime(data: unknown): Promise<unknown> {
    if (++begun === 1) await new Promise<void>((resolve) => (release = resolve));
    return data;
  }

  @MessagePattern('wait')
  async wait(data: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => (release = resolve));
    return data;
  }

  @EventPattern('note')
  note(data: unknown): void {
    noted.push(data);
  }

  @MessagePattern('unavailable')
  unavailable(): never {
    begun++;
    throw new RpcException(new UnavailableError('of another service'));
  }

  /** Past Nest's exception filters. */
  @MessagePattern('unavailable generator')
  async *unavailableGenerator(): AsyncGenerator<never> {
    begun++;
    yield* [];
    throw new UnavailableError('of another service');
  }
}

describe('connections', () => {
  beforeEach(() => {
    captureLog();
    begun = 0;
    noted.length = 0;
  });
  afterEach(closeServices);
  afterEach(closeTcpServers);

  describe('where nobody listens', () => {
    it('a call fails, and an event as well', async () => {
      const client = connectTo(await freePort());
      await expect(firstValueFrom(client.send('echo', 1))).rejects.toThrow(ConnectFailedError);
      await expect(lastValueFrom(client.emit('note', 1))).rejects.toThrow(ConnectFailedError);
    });

    it('with waitForReady all wait: calls, events, acknowledged or not, and connect()', async () => {
      const port = await freePort();
      const options = { waitForReady: true, reconnect: { maxDelay: 50 } };
      const client = connectTo(port, options);
      const careless = connectTo(port, { ...options, acknowledgeEvents: false });
      const waiting = [
        firstValueFrom(client.send('echo', 1)),
        lastValueFrom(client.emit('note', 'acknowledged'), { defaultValue: 'taken' }),
        lastValueFrom(careless.emit('note', 'not acknowledged'), { defaultValue: 'taken' }),
        client.connect(),
      ];
      await new Promise((resolve) => setTimeout(resolve, 100));
      // Nobody else is told.
      expect(logged.filter((line) => line.startsWith(waits))).toHaveLength(2);
      await startService([ConnectionsController], { port });
      expect((await Promise.all(waiting)).slice(0, 1)).toEqual([1]);
      await eventually(() => noted.length === 2);
      expect(noted.sort()).toEqual(['acknowledged', 'not acknowledged']);
    });

    it('a record has its own say', async () => {
      const port = await freePort();
      const patient = new ProtosocketRecordBuilder(1).setWaitForReady().setTimeout(50).build();
      await expect(firstValueFrom(connectTo(port).send('echo', patient))).rejects.toThrow(DeadlineExceededError);
      expect(logged.filter((line) => line.startsWith(waits))).toHaveLength(1);
      logged.length = 0;
      const fails = new ProtosocketRecordBuilder(1).setWaitForReady(false).build();
      const client = connectTo(port, { waitForReady: true });
      await expect(firstValueFrom(client.send('echo', fails))).rejects.toThrow(ConnectFailedError);
      expect(logged).toEqual([]);
    });

    it('close() ends the wait', async () => {
      const client = connectTo(await freePort(), { waitForReady: true });
      const call = firstValueFrom(client.send('echo', 1)).catch((error: unknown) => error);
      await client.close();
      expect(await call).toBeInstanceOf(ConnectFailedError);
    });

    it('close() ends the wait, also when who hears of the failure calls it', async () => {
      const client = connectTo(await freePort(), { waitForReady: true });
      client.status.subscribe((status) => {
        if (status === 'disconnected') void client.close();
      });
      await expect(firstValueFrom(client.send('echo', 1))).rejects.toThrow(ConnectFailedError);
    });
  });

  it.each([
    ['at once', 1, true, (send: () => void) => send()],
    ['at once, with several connections', 2, true, (send: () => void) => send()],
    ['at once, of events that nobody acknowledges', 1, false, (send: () => void) => send()],
    ['in a microtask', 1, true, queueMicrotask],
    ['in a microtask, with several connections', 2, true, queueMicrotask],
  ])(
    'what is sent on "connected" comes after what waited for it (%s)',
    async (_, connections, acknowledgeEvents, when) => {
      const service = await startService([ConnectionsController], { replyOrder: 'serial' });
      const client = service.client({ connections, acknowledgeEvents });
      client.status.subscribe((status) => {
        if (status === 'connected') when(() => client.emit('note', 'told'));
      });
      for (let i = 0; i < 5; i++) client.emit('note', i);
      await eventually(() => noted.includes('told'));
      // Of several connections, it is the order within the one.
      expect(noted.indexOf('told')).toBeGreaterThanOrEqual(connections === 1 ? 5 : 2);
    },
  );

  it.each([
    ['is sent again if its record says that it is idempotent', true, {}, 'x'],
    ['is not, if it does not', false, {}, 'CONNECTION_LOST'],
    ['is not, with retry: false', true, { retry: false as const }, 'CONNECTION_LOST'],
  ])('a call whose connection is lost %s', async (_, idempotent, options, expected) => {
    const service = await startService([ConnectionsController]);
    const client = service.client(options);
    const record = new ProtosocketRecordBuilder('x').setIdempotent(idempotent).build();
    const outcome = firstValueFrom(client.send('second time', record)).catch(({ code }: { code: string }) => code);
    await eventually(() => begun === 1);
    client.unwrap().destroy();
    expect(await outcome).toBe(expected);
    expect(begun).toBe(expected === 'x' ? 2 : 1);
    release!();
  });

  it('a service that is replaced loses no call, and its clients are connected all the time they call', async () => {
    const first = await startService([ConnectionsController]);
    const client = connectTo(first.port);
    const slow = firstValueFrom(client.send('wait', 'slow'));
    await eventually(() => release !== undefined && first.server.getStats().inFlight === 1);
    const underway = Array.from({ length: 10 }, (_, i) => firstValueFrom(client.send('echo', i)));
    const event = lastValueFrom(client.emit('note', 'underway'), { defaultValue: 'taken' });
    const closed = first.app.close();
    await eventually(() => !first.server.unwrap().listening);
    const second = await startService([ConnectionsController], { port: first.port });
    expect(await Promise.all(underway)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await event;
    expect(noted).toEqual(['underway']);
    expect(await firstValueFrom(client.send('echo', 'next'))).toBe('next');
    expect(second.server.getStats().connections).toBe(1);
    release!();
    expect(await slow).toBe('slow');
    await closed;
    expect(logged.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('a server that listens again while its calls come to their end stays connected until it is closed', async () => {
    const { port, server } = await startService([ConnectionsController], { gracePeriod: 5_000 });
    const statuses: string[] = [];
    server.status.subscribe((status) => statuses.push(status));
    const slow = firstValueFrom(connectTo(port).send('wait', 'slow'));
    await eventually(() => server.getStats().inFlight === 1);
    const first = server.unwrap();
    const closed = server.close();
    await eventually(() => !first.listening);
    expect(await new Promise((resolve) => server.listen(resolve))).toBeUndefined();
    release!();
    expect(await slow).toBe('slow');
    await closed;
    expect(statuses).toEqual(['connected']);
    await server.close();
    expect(statuses).toEqual(['connected', 'disconnected']);
  });

  it('maxConnectionAge moves a client to a new connection, unseen by its calls', async () => {
    const service = await startService([ConnectionsController], { maxConnectionAge: 50 });
    const client = service.client();
    let sockets = 0;
    client.on('connect', () => sockets++);
    for (let i = 0; sockets < 4; i++) expect(await firstValueFrom(client.send('echo', i))).toBe(i);
  });

  it.each(['unavailable', 'unavailable generator'])(
    'a handler that fails with UNAVAILABLE has run, and is not run again (%s)',
    async (pattern) => {
      const service = await startService([ConnectionsController]);
      const call = firstValueFrom(service.client().send(pattern, {}));
      await expect(call).rejects.toEqual({ status: 'error', code: 'UNAVAILABLE', message: 'of another service' });
      expect(begun).toBe(1);
    },
  );
});

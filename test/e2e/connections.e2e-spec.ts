import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import { ConnectionLostError, InvalidOptionError, ProtosocketContext } from 'nestjs-protosocket';
import type { Socket } from 'node:net';
import { firstValueFrom, lastValueFrom, NEVER, Observable, of } from 'rxjs';

import { captureLog, closeServices, logged, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

const released: (() => void)[] = [];
const events: unknown[] = [];

@Controller()
class WhereController {
  /** Which connection a call came over: the port of its client. */
  @MessagePattern('where')
  where(_: unknown, @Ctx() context: ProtosocketContext): number {
    return context.getSocketRef().remotePort!;
  }

  /** The same, once it is let go. */
  @MessagePattern('where, later')
  async later(_: unknown, @Ctx() context: ProtosocketContext): Promise<number> {
    await new Promise<void>((resolve) => released.push(resolve));
    return context.getSocketRef().remotePort!;
  }

  @MessagePattern('for ever')
  forEver(): Observable<never> {
    return NEVER;
  }

  @MessagePattern('who')
  who(_: unknown, @Ctx() context: ProtosocketContext): unknown {
    return context.connection.state as unknown;
  }

  @EventPattern('note')
  note(data: unknown): void {
    events.push(data);
  }
}

describe('a client with several connections', () => {
  let service: Service;
  beforeEach(async () => {
    captureLog();
    released.length = events.length = 0;
    service = await startService([WhereController]);
  });
  afterEach(closeServices);

  it('has one unless it is told, and takes no number that is none', async () => {
    const client = service.client();
    await Promise.all(Array.from({ length: 20 }, () => lastValueFrom(client.send('where', {}))));
    expect(client.getStats().connections).toBe(1);
    for (const connections of [0, -1, 1.5, 1025, 'many']) {
      expect(() => service.client({ connections: connections as number })).toThrow(InvalidOptionError);
    }
    expect(() => service.client({ connections: '3' as never })).not.toThrow();
  });

  it('shares calls that are in flight out among them', async () => {
    const client = service.client({ connections: 4 });
    const calls = Array.from({ length: 40 }, () => firstValueFrom(client.send<number>('where, later', {})));
    await eventually(() => released.length === 40);
    expect(client.getStats()).toEqual({ connections: 4, inFlight: 40 });
    expect(service.server.getStats()).toEqual({ connections: 4, inFlight: 40 });
    for (const release of released) release();
    const counts = new Map<number, number>();
    for (const port of await Promise.all(calls)) counts.set(port, (counts.get(port) ?? 0) + 1);
    expect([...counts.values()]).toEqual([10, 10, 10, 10]);
  });

  it('makes them as they are needed: one for calls that come one after another', async () => {
    const client = service.client({ connections: 4 });
    for (let i = 0; i < 5; i++) await firstValueFrom(client.send('where', {}));
    expect(client.getStats().connections).toBe(1);
  });

  it('makes them all with connect(), and then gives them calls by turns', async () => {
    const client = service.client({ connections: 3 });
    await client.connect();
    expect(client.getStats().connections).toBe(3);
    const ports = new Set<number>();
    for (let i = 0; i < 3; i++) ports.add(await firstValueFrom(client.send<number>('where', {})));
    expect(ports.size).toBe(3);
  });

  it('sends streams and events over any of them', async () => {
    const client = service.client({ connections: 2, acknowledgeEvents: false });
    await client.connect();
    for (let i = 0; i < 6; i++) client.emit('note', i);
    await eventually(() => events.length === 6);
    expect([...events].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    const call = client.send('for ever', of(1, 2)).subscribe();
    await eventually(() => service.server.getStats().inFlight === 1);
    call.unsubscribe();
    await eventually(() => service.server.getStats().inFlight === 0);
  });

  it('says on each of them who it is', async () => {
    let users = 0;
    const accept = (user: unknown, context: ProtosocketContext): unknown => (context.connection.state = user);
    const secret = await startService([WhereController], { firstMessage: { pattern: 'auth', accept } });
    const client = secret.client({
      connections: 3,
      firstMessage: (connection) => connection.send('auth', `user ${++users}`),
    });
    await client.connect();
    const seen = await Promise.all([1, 2, 3].map(() => firstValueFrom(client.send<string>('who', {}))));
    expect(seen.sort()).toEqual(['user 1', 'user 2', 'user 3']);
  });

  it('loses the calls of a connection that is lost, and no others', async () => {
    const client = service.client({ connections: 2 });
    await client.connect();
    const outcomes = [1, 2].map(() =>
      firstValueFrom(client.send<number>('where, later', {})).catch((error: unknown) => error),
    );
    await eventually(() => released.length === 2);
    const port = client.unwrap().localPort;
    client.unwrap().destroy();
    await eventually(() => client.getStats().connections === 1);
    expect(await firstValueFrom(client.send<number>('where', {}))).not.toBe(port);
    for (const release of released) release();
    const [lost, kept] = await Promise.all(outcomes);
    expect(lost).toBeInstanceOf(ConnectionLostError);
    expect(kept).toEqual(expect.any(Number));
    // As soon as there is more to do than one connection is free for.
    const busy = [1, 2].map(() => firstValueFrom(client.send('where, later', {})));
    await eventually(() => client.getStats().connections === 2);
    await eventually(() => released.length === 4);
    for (const release of released) release();
    await Promise.all(busy);
  });

  it('is connected from the first to the last of them', async () => {
    const client = service.client({ connections: 2 });
    const statuses: string[] = [];
    client.status.subscribe((status) => statuses.push(status));
    const sockets: Socket[] = [];
    await client.connect();
    expect(statuses).toEqual(['connected']);
    for (let left = 2; left > 0; left--) {
      sockets.push(client.unwrap());
      client.unwrap().destroy();
      await eventually(() => client.getStats().connections === left - 1);
      expect(statuses).toEqual(left > 1 ? ['connected'] : ['connected', 'disconnected']);
    }
    expect(new Set(sockets).size).toBe(2);
    await firstValueFrom(client.send('where', {}));
    expect(statuses).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('listens on the sockets of all', async () => {
    const client = service.client({ connections: 2 });
    const seen: string[] = [];
    client.on('connect', () => seen.push('connect'));
    await client.connect();
    client.on('close', () => seen.push('close'));
    client.unwrap().destroy();
    await eventually(() => seen.length === 3);
    client.unwrap().destroy();
    await eventually(() => seen.length === 4);
    expect(seen).toEqual(['connect', 'connect', 'close', 'close']);
  });

  it('goes on over those that stand when the server takes no more, and says so', async () => {
    const client = service.client({ connections: 2 });
    await firstValueFrom(client.send('where', {}));
    service.server.unwrap().close();
    const calls = Array.from({ length: 10 }, () => firstValueFrom(client.send<number>('where', {})));
    expect(new Set(await Promise.all(calls)).size).toBe(1);
    await eventually(() => logged.some((line) => /warn: A further connection could not be made/.test(line)));
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, type NestInterceptor, type CallHandler, UseInterceptors } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import {
  InvalidOptionError,
  type ProtosocketContext,
  ProtosocketRecordBuilder,
  type ProtosocketServerOptions,
  ResourceExhaustedError,
  ServerProtosocket,
} from 'nestjs-protosocket';
import { once } from 'node:events';
import { lastValueFrom, NEVER, Observable } from 'rxjs';

import { captureLog, closeServices, logged, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { closeRawPeers, RawPeer } from '../support/raw-peer.js';

/** Handlers that are at work, whatever their callers think. */
let live = 0;
let most = 0;
let begun = 0;
let release: (() => void)[] = [];

async function work(): Promise<void> {
  begun++;
  most = Math.max(most, ++live);
  await new Promise<void>((resolve) => release.push(resolve));
  live--;
}

function finishAll(): void {
  for (const finish of release.splice(0)) finish();
}

@Injectable()
class Passing implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Controller()
class WorkController {
  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }

  /** Takes no notice of a Cancel. */
  @MessagePattern('promise')
  async promise(): Promise<string> {
    await work();
    return 'done';
  }

  @MessagePattern('observable')
  observable(): Observable<never> {
    begun++;
    return NEVER;
  }

  @MessagePattern('late observable')
  async lateObservable(): Promise<Observable<never>> {
    await work();
    return NEVER;
  }

  @MessagePattern('generator')
  async *generator(): AsyncGenerator<number> {
    await work();
    yield 1;
  }

  @MessagePattern('slow to close')
  async *slowToClose(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) yield await Promise.resolve(i);
    } finally {
      await work();
    }
  }

  @UseInterceptors(Passing)
  @MessagePattern('intercepted generator')
  async *interceptedGenerator(): AsyncGenerator<number> {
    await work();
    yield 1;
  }

  @MessagePattern('cooperative')
  async cooperative(_: unknown, @Ctx() context: ProtosocketContext): Promise<void> {
    begun++;
    if (!context.signal.aborted) await once(context.signal, 'abort');
  }

  @EventPattern('event')
  async event(_: unknown): Promise<void> {
    await work();
  }
}

describe('limits', () => {
  beforeEach(() => {
    captureLog();
    live = most = begun = 0;
    release = [];
  });
  afterEach(async () => {
    closeRawPeers();
    finishAll();
    await closeServices();
  });

  const start = (options?: ProtosocketServerOptions): Promise<Service> => startService([WorkController], options);

  it('maxCallsInFlight: one call too many fails at once, the others and the connection live', async () => {
    const service = await start({ maxCallsInFlight: 10 });
    const client = service.client();
    const calls = Array.from({ length: 12 }, () => lastValueFrom(client.send('promise', {})));
    const refused = await Promise.allSettled(calls.slice(10));
    expect(refused.map((each): unknown => each.status === 'rejected' && each.reason)).toEqual([
      expect.any(ResourceExhaustedError),
      expect.any(ResourceExhaustedError),
    ]);
    expect(begun).toBe(10);
    finishAll();
    expect(await Promise.all(calls.slice(0, 10))).toEqual(Array.from({ length: 10 }, () => 'done'));
    expect(await lastValueFrom(client.send('echo', 'on'))).toBe('on');
  });

  it('maxCallsInFlight is not met by a burst of quick calls, however many', async () => {
    const client = (await start({ maxCallsInFlight: 300 })).client();
    const calls = Array.from({ length: 5_000 }, (_, i) => lastValueFrom(client.send('echo', i)));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  });

  it.each(['promise', 'late observable'])(
    'maxCallsInFlight: to ask and cancel all the time leaves so many handlers at work, and no more: %s',
    async (route) => {
      const service = await start({ maxCallsInFlight: 20, cancelBurst: 0 });
      const peer = new RawPeer(service.port);
      for (let round = 0; round < 4; round++) {
        await peer.reset(route, 300);
        await eventually(() => live === 20);
        expect(most).toBe(20);
        // They are counted once each, and no longer than they work.
        finishAll();
        await eventually(() => live === 0);
      }
      expect(await lastValueFrom(service.client().send('echo', 'on'))).toBe('on');
    },
  );

  it.each(['generator', 'slow to close', 'intercepted generator'])(
    'maxCallsInFlight counts a cancelled iterable until it has closed: %s',
    async (route) => {
      const service = await start({ maxCallsInFlight: 20 });
      const peer = new RawPeer(service.port);
      for (let id = 1; id <= 20; id++) {
        peer.send({ id, route, body: 0 });
        if (route === 'slow to close') await peer.answered(id);
        else await eventually(() => live === id);
        peer.send({ id, code: 1 });
        await eventually(() => live === id);
      }
      peer.send({ id: 21, route, body: 0 });
      await peer.answered(21);
      expect(peer.messages.at(-1)?.status?.code).toBe('RESOURCE_EXHAUSTED');
      finishAll();
      await eventually(() => live === 0);
      for (let id = 101; id <= 120; id++) peer.send({ id, route: 'echo', body: id });
      await peer.answered(120);
      expect(peer.messages.at(-1)?.body).toBe(120);
    },
  );

  it.each(['observable', 'cooperative'])(
    'maxCallsInFlight counts no handler that a Cancel stops: %s',
    async (route) => {
      const service = await start({ maxCallsInFlight: 20, cancelBurst: 0 });
      const peer = new RawPeer(service.port);
      for (let round = 1; round <= 200; round++) {
        await peer.reset(route, 1);
        expect(begun).toBe(round);
      }
      expect(peer.messages.filter(({ status }) => status?.code === 'RESOURCE_EXHAUSTED')).toEqual([]);
    },
  );

  it('maxCallsInFlight holds for events: acknowledged ones fail, others are logged', async () => {
    const service = await start({ maxCallsInFlight: 2 });
    const client = service.client();
    await Promise.all([lastValueFrom(client.emit('event', 1)), lastValueFrom(client.emit('event', 2))]);
    await expect(lastValueFrom(client.emit('event', 3))).rejects.toBeInstanceOf(ResourceExhaustedError);
    const peer = new RawPeer(service.port);
    for (let i = 0; i < 100; i++) peer.send({ id: 0, code: 0, route: 'event', event: true, body: i });
    await eventually(() => begun === 4 && logged.length >= 10);
    expect(logged[0]).toContain('Event pattern: "event"');
    finishAll();
    await lastValueFrom(client.emit('event', 4));
  });

  it('cancelBurst: the connection of a peer that asks and cancels all the time is closed, and no other', async () => {
    const service = await start({ cancelBurst: 100, cancelRate: 1 });
    const errors: Error[] = [];
    service.server.on('connectionError', (error) => errors.push(error));
    const client = service.client();
    expect(await lastValueFrom(client.send('echo', 1))).toBe(1);
    const peer = new RawPeer(service.port);
    await peer.reset('cooperative', 1_000);
    await peer.closed;
    expect(begun).toBeLessThan(200);
    expect(errors).toEqual([expect.any(ResourceExhaustedError)]);
    expect(await lastValueFrom(client.send('echo', 2))).toBe(2);
  });

  it('maxPatternLength: a longer one fails its call', async () => {
    const service = await start({ maxPatternLength: 30 });
    const client = service.client();
    await expect(lastValueFrom(client.send('p'.repeat(31), 1))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(lastValueFrom(client.send('p'.repeat(30), 1))).rejects.toMatchObject({ code: 'NO_HANDLER' });
    expect(await lastValueFrom(client.send('echo', 1))).toBe(1);
  });

  it('maxPatternLength: a server with a handler that nobody could call does not start', async () => {
    const server = new ServerProtosocket({ host: '127.0.0.1', port: 0, maxPatternLength: 4 });
    server.addHandler('€€', () => Promise.resolve(undefined as never));
    const error = await new Promise((resolve) => server.listen(resolve));
    expect(error).toBeInstanceOf(InvalidOptionError);
  });

  it('a deadline that has passed behind a first message starts nothing', async () => {
    let accept!: () => void;
    const service = await start({
      firstMessage: { pattern: 'hello', accept: () => new Promise<void>((resolve) => (accept = resolve)) },
    });
    const client = service.client();
    const hello = lastValueFrom(client.send('hello', {}), { defaultValue: undefined });
    const record = new ProtosocketRecordBuilder({}).setTimeout(20).build();
    await expect(lastValueFrom(client.send('promise', record))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await eventually(() => service.server.getStats().inFlight === 1);
    accept();
    await hello;
    expect(await lastValueFrom(client.send('echo', 1))).toBe(1);
    expect(begun).toBe(0);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { CancelledError, ConnectionLostError, ProtosocketContext, ProtosocketRecordBuilder } from 'nestjs-protosocket';
import { EventEmitter, on } from 'node:events';
import type { Socket } from 'node:net';
import { firstValueFrom, lastValueFrom, NEVER, Observable } from 'rxjs';

import { builtInContract } from '../../lib/contract/index.js';
import { captureLog, closeServices, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

/** What happened on the server, in order. */
const seen: string[] = [];

@Controller()
class EndlessController {
  @MessagePattern('observable')
  observable(): Observable<number> {
    return new Observable<number>((subscriber) => {
      subscriber.next(1);
      return () => seen.push('unsubscribed');
    });
  }

  @MessagePattern('generator')
  async *generator(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      seen.push('returned');
    }
  }

  /** Waits for an item that never comes: only `return()` can end that. */
  @MessagePattern('iterator')
  iterator(): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => seen.push('waiting')),
        return: () => {
          seen.push('returned');
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  }

  @MessagePattern('signal')
  async signal(_: unknown, @Ctx() context: ProtosocketContext): Promise<void> {
    seen.push('started');
    await firstValueFrom(
      new Observable((subscriber) => {
        context.signal.addEventListener('abort', () => {
          seen.push((context.signal.reason as Error).name);
          subscriber.complete();
        });
      }),
      { defaultValue: undefined },
    );
  }

  @MessagePattern('late')
  async late(_: unknown, @Ctx() context: ProtosocketContext): Promise<Observable<number>> {
    seen.push('started');
    await on(new EventEmitter(), 'never', { signal: context.signal })
      .next()
      .catch(() => undefined);
    return new Observable(() => {
      seen.push('subscribed');
    });
  }

  @MessagePattern('id')
  id(_: unknown, @Ctx() context: ProtosocketContext): number {
    return Number(context.messageId);
  }
}

describe('cancel', () => {
  beforeEach(() => {
    seen.length = 0;
    captureLog();
  });
  afterEach(closeServices);

  it.each([
    ['the Observable is unsubscribed', 'observable', ['unsubscribed']],
    ['the generator runs its finally', 'generator', ['returned']],
  ])('by unsubscribing: %s', async (_, pattern, expected) => {
    const client = (await startService([EndlessController])).client();
    await firstValueFrom(client.send(pattern, {}));
    await eventually(() => seen.length > 0);
    expect(seen).toEqual(expected);
  });

  it.each([
    ['an iterator that is being waited for is told at once', 'iterator', ['waiting', 'returned']],
    ['the signal of the context is aborted', 'signal', ['started', 'CancelledError']],
  ])('by unsubscribing: %s', async (_, pattern, expected) => {
    const client = (await startService([EndlessController])).client();
    const subscription = client.send(pattern, {}).subscribe();
    await eventually(() => seen.length > 0);
    subscription.unsubscribe();
    await eventually(() => seen.length > 1);
    expect(seen).toEqual(expected);
  });

  it('never subscribes to what a handler returns after it was cancelled', async () => {
    const service = await startService([EndlessController]);
    const client = service.client();
    const subscription = client.send('late', {}).subscribe();
    await eventually(() => seen.length > 0);
    subscription.unsubscribe();
    await eventually(() => service.server.getStats().inFlight === 0);
    await firstValueFrom(client.send('id', {}));
    expect(seen).toEqual(['started']);
  });

  it('by its signal, and the caller gets a CancelledError with the reason', async () => {
    const service = await startService([EndlessController]);
    const abort = new AbortController();
    const record = new ProtosocketRecordBuilder({}).setSignal(abort.signal).build();
    const call = lastValueFrom(service.client().send('signal', record));
    call.catch(() => undefined);
    await eventually(() => seen.length > 0);
    abort.abort('enough');
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED', cause: 'enough' });
    await expect(call).rejects.toBeInstanceOf(CancelledError);
    await eventually(() => seen.includes('CancelledError'));
  });

  it('sends nothing for a call that was cancelled before there was a connection', async () => {
    const client = (await startService([EndlessController])).client();
    client.send('signal', {}).subscribe().unsubscribe();
    expect(await firstValueFrom(client.send('id', {}))).toBe(1);
    expect(seen).toEqual([]);
  });

  it('a lost connection stops the handler as well', async () => {
    const client = (await startService([EndlessController])).client();
    const call = lastValueFrom(client.send('signal', {}), { defaultValue: undefined });
    call.catch(() => undefined);
    await eventually(() => seen.length > 0);
    client.unwrap<Socket>().destroy();
    await expect(call).rejects.toBeInstanceOf(ConnectionLostError);
    await eventually(() => seen.includes('ConnectionLostError'));
  });

  it('a request stream ends with a CancelledError at the handler', async () => {
    let failure: unknown;
    @Controller()
    class UploadController {
      @MessagePattern('upload')
      upload(items: Observable<unknown>): Observable<unknown> {
        items.subscribe({ next: () => seen.push('item'), error: (error: unknown) => (failure = error) });
        return NEVER;
      }
    }
    const client = (await startService([UploadController])).client();
    const subscription = client
      .send(
        'upload',
        new Observable((subscriber) => {
          subscriber.next(1);
          return () => seen.push('source unsubscribed');
        }),
      )
      .subscribe();
    await eventually(() => seen.includes('item'));
    subscription.unsubscribe();
    await eventually(() => failure !== undefined);
    expect(failure).toBeInstanceOf(CancelledError);
    expect(seen).toEqual(['item', 'source unsubscribed']);
  });

  it.each([
    ['observable', 'unsubscribed'],
    ['generator', 'returned'],
  ])('by the first item, where a call has one reply: the %s is %s', async (route, expected) => {
    const contract = { ...builtInContract(), isUnary: () => true };
    const client = (await startService([EndlessController], { contract })).client({ contract });
    expect(await lastValueFrom(client.send('id', {}))).toBeGreaterThan(0);
    await lastValueFrom(client.send(route, {}));
    await eventually(() => seen.includes(expected));
  });
});

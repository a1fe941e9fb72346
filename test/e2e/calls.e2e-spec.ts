import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { NoHandlerError, ProtosocketContext } from 'nestjs-protosocket';
import { EMPTY, from, interval, lastValueFrom, map, type Observable, of, take, toArray } from 'rxjs';

import { captureLog, closeServices, startService } from '../support/app.js';

@Controller()
class AnswersController {
  @MessagePattern({ cmd: 'sum' })
  sum(@Payload() data: number[]): number {
    return data.reduce((a, b) => a + b, 0);
  }

  @MessagePattern('promise')
  async promise(data: unknown): Promise<unknown> {
    await Promise.resolve();
    return data;
  }

  @MessagePattern('nothing')
  nothing(): void {
    return undefined;
  }

  @MessagePattern('null')
  null(): null {
    return null;
  }

  @MessagePattern('observable')
  observable(count: number): Observable<number> {
    return interval(1).pipe(take(count));
  }

  @MessagePattern('sync observable')
  syncObservable(items: unknown[]): Observable<unknown> {
    return from(items);
  }

  @MessagePattern('promised observable')
  async promisedObservable(): Promise<Observable<number>> {
    return Promise.resolve(of(1, 2, 3).pipe(map((n) => n * n)));
  }

  @MessagePattern('empty observable')
  emptyObservable(): Observable<never> {
    return EMPTY;
  }

  @MessagePattern('async generator')
  async *asyncGenerator(count: number): AsyncGenerator<number> {
    for (let i = 0; i < count; i++) {
      await Promise.resolve();
      yield i;
    }
  }

  @MessagePattern('generator')
  *generator(count: number): Generator<number> {
    for (let i = 0; i < count; i++) yield i;
  }

  @MessagePattern('bytes')
  bytes(data: Buffer): Buffer {
    return Buffer.concat([data, data]);
  }

  @MessagePattern('context')
  context(@Ctx() context: ProtosocketContext): unknown {
    return { pattern: context.getPattern(), id: context.messageId, metadata: context.getMetadata() };
  }
}

describe('calls', () => {
  beforeEach(captureLog);
  afterEach(closeServices);

  const ask = async (pattern: unknown, data: unknown): Promise<unknown[]> => {
    const service = await startService([AnswersController]);
    return lastValueFrom(service.client().send(pattern, data).pipe(toArray()));
  };

  it.each([
    ['a value', { cmd: 'sum' }, [1, 2, 3], [6]],
    ['a promise', 'promise', { deep: [{ a: 'ü€𝄞' }] }, [{ deep: [{ a: 'ü€𝄞' }] }]],
    ['undefined as no item', 'nothing', {}, []],
    ['null as null', 'null', {}, [null]],
    ['an Observable', 'observable', 3, [0, 1, 2]],
    ['an Observable that emits at once', 'sync observable', [1, 'two', null], [1, 'two', null]],
    ['the promise of an Observable', 'promised observable', {}, [1, 4, 9]],
    ['an empty Observable', 'empty observable', {}, []],
    ['an async generator', 'async generator', 200, Array.from({ length: 200 }, (_, i) => i)],
    ['a generator', 'generator', 200, Array.from({ length: 200 }, (_, i) => i)],
    ['an empty generator', 'generator', 0, []],
    ['bytes as bytes', 'bytes', Buffer.from([0, 255, 128]), [Buffer.from([0, 255, 128, 0, 255, 128])]],
  ])('answers with %s', async (_, pattern, data, replies) => {
    expect(await ask(pattern, data)).toEqual(replies);
  });

  it('takes what can be waited for from a handler that was added by hand', async () => {
    const thenables: Record<string, Pick<Promise<unknown>, 'then'>> = {
      fulfilled: { then: (fulfil) => fulfil!(1) as never },
      rejected: { then: (_, reject) => reject!(new Error('no')) as never },
      'of a stream': { then: (fulfil) => fulfil!(of(1, 2)) as never },
    };
    const service = await startService([], {}, (_, server) => {
      for (const [pattern, thenable] of Object.entries(thenables)) {
        server.addHandler(pattern, () => thenable as Promise<unknown>);
      }
    });
    const client = service.client();
    const answers = (pattern: string): Promise<unknown> => lastValueFrom(client.send(pattern, {}).pipe(toArray()));
    expect(await answers('fulfilled')).toEqual([1]);
    expect(await answers('of a stream')).toEqual([1, 2]);
    await expect(answers('rejected')).rejects.toEqual({ status: 'error', message: 'Internal server error' });
  });

  it('tells the handler of its call', async () => {
    expect(await ask('context', {})).toEqual([{ pattern: 'context', id: 1 }]);
  });

  it('fails for a pattern without a handler', async () => {
    await expect(ask('nobody', {})).rejects.toThrow(NoHandlerError);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  concat,
  concatMap,
  count,
  defer,
  filter,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  merge,
  type Observable,
  of,
  reduce,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { setTimeout as sleep } from 'node:timers/promises';

import { captureLog, closeServices, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

let lateItems = 0;

@Controller()
class StreamsController {
  @MessagePattern('sum')
  sum(numbers: Observable<number>): Observable<number> {
    return numbers.pipe(reduce((a, b) => a + b, 0));
  }

  @MessagePattern('double')
  double(numbers: Observable<number>): Observable<number> {
    return numbers.pipe(map((n) => n * 2));
  }

  @MessagePattern('first two')
  firstTwo(numbers: Observable<number>): Observable<number> {
    return numbers.pipe(take(2));
  }

  @MessagePattern('late')
  async late(numbers: Observable<number>): Promise<Observable<number>> {
    await sleep(20);
    return numbers.pipe(count());
  }

  @MessagePattern('split')
  split(numbers: Observable<number>): Observable<string> {
    return merge(
      numbers.pipe(
        filter((n) => n % 2 === 0),
        map((n) => `even ${n}`),
      ),
      numbers.pipe(
        filter((n) => n % 2 === 1),
        map((n) => `odd ${n}`),
      ),
    );
  }

  @MessagePattern('bytes')
  async bytes(chunks: Observable<Buffer>): Promise<Buffer> {
    return Buffer.concat(await lastValueFrom(chunks.pipe(toArray())));
  }

  @MessagePattern('unheard')
  async unheard(_: Observable<unknown>): Promise<number> {
    await sleep(5);
    return ++lateItems;
  }
}

describe('request streams', () => {
  beforeEach(captureLog);
  afterEach(closeServices);

  const numbers = Array.from({ length: 1_000 }, (_, i) => i);

  it.each([
    ['an Observable', () => from(numbers)],
    [
      'an async iterable',
      async function* () {
        for (const n of numbers) yield await Promise.resolve(n);
      },
    ],
    [
      'a generator',
      function* () {
        yield* numbers;
      },
    ],
  ])('of %s reach the handler as an Observable', async (_, source) => {
    const client = (await startService([StreamsController])).client();
    expect(await lastValueFrom(client.send('sum', source()))).toBe(499_500);
  });

  it('may be empty', async () => {
    const client = (await startService([StreamsController])).client();
    expect(await lastValueFrom(client.send('sum', from([])))).toBe(0);
  });

  it('carry bytes as bytes', async () => {
    const client = (await startService([StreamsController])).client();
    const chunks = [Buffer.from([1, 2]), Buffer.alloc(100_000, 7), Buffer.from([3])];
    expect(await lastValueFrom(client.send('bytes', from(chunks)))).toEqual(Buffer.concat(chunks));
  });

  it('are full duplex with a streaming reply', async () => {
    const client = (await startService([StreamsController])).client();
    const source = new Subject<number>();
    const replies: number[] = [];
    const done = lastValueFrom(client.send<number>('double', source).pipe(map((n) => replies.push(n))));
    await client.connect();
    for (let i = 1; i <= 3; i++) {
      // Each item waits for the reply to the one before it, so the two directions have to take turns.
      await eventually(() => replies.length === i - 1 && source.observed);
      source.next(i);
    }
    await eventually(() => replies.length === 3);
    source.complete();
    await done;
    expect(replies).toEqual([2, 4, 6]);
  });

  it('are given up when the reply is complete', async () => {
    const client = (await startService([StreamsController])).client();
    let returned = false;
    async function* endless(): AsyncGenerator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        returned = true;
      }
    }
    expect(await lastValueFrom(client.send('first two', endless()).pipe(toArray()))).toEqual([0, 1]);
    await eventually(() => returned);
  });

  it('wait for a handler that listens late', async () => {
    const client = (await startService([StreamsController])).client();
    expect(await lastValueFrom(client.send('late', from(numbers)))).toBe(1_000);
  });

  it('may be split by the handler', async () => {
    const client = (await startService([StreamsController])).client();
    const replies = await lastValueFrom(client.send<string>('split', from([1, 2, 3, 4])).pipe(toArray()));
    expect(replies).toEqual(['odd 1', 'even 2', 'odd 3', 'even 4']);
  });

  it('that fail at the source fail the call with that error', async () => {
    const client = (await startService([StreamsController])).client();
    const source = concat(
      of(1),
      defer(() => throwError(() => new Error('source broke'))),
    );
    await expect(lastValueFrom(client.send('sum', source))).rejects.toThrow('source broke');
    async function* broken(): AsyncGenerator<number> {
      yield await Promise.resolve(1);
      throw new Error('generator broke');
    }
    await expect(lastValueFrom(client.send('sum', broken()))).rejects.toThrow('generator broke');
  });

  it('that nobody hears do no harm', async () => {
    const service = await startService([StreamsController]);
    const client = service.client();
    const items = from(numbers).pipe(concatMap((n) => of(n)));
    expect(await firstValueFrom(client.send('unheard', items))).toBe(lateItems);
    expect(service.server.getStats().inFlight).toBe(0);
  });

  it('that outrun a handler which does not listen fail alone, with RESOURCE_EXHAUSTED', async () => {
    const client = (await startService([StreamsController], { streamBufferSize: 1_000 })).client();
    const other = lastValueFrom(client.send('late', from([1, 2])));
    await expect(lastValueFrom(client.send('late', from(numbers)))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
    expect(await other).toBe(2);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import {
  ConnectFailedError,
  type FirstMessageOptions,
  type FirstMessageSender,
  NotSerializableError,
  ProtosocketContext,
} from 'nestjs-protosocket';
import { protobufContract, type ProtobufContractOptions } from 'nestjs-protosocket/protobuf';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';

import { captureLog, closeServices, logged, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

/** As Momento's services are: nested oneofs, an arm for failures, a first message that says who the client is. */
const cacheOptions: ProtobufContractOptions = {
  proto: 'test/contract/protobuf/fixtures/cache.proto',
  request: 'cache.Command',
  response: 'cache.Response',
  routes: {
    'unary.auth': { response: 'auth' },
    'unary.getItem': { response: 'item' },
    'unary.set': { response: 'item' },
    watch: { reply: 'stream' },
  },
  // Its code is a number: 16 where nobody has said who it is, as the handlers here have it, and 13 for all else.
  error: {
    arm: 'error',
    encode: ({ code, details, message }) => ({
      code: code === 'UNAUTHENTICATED' ? 16 : 13,
      message,
      ...(details as object),
    }),
  },
};
const contract = protobufContract(cacheOptions);

interface Set {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly ttlMilliseconds: number | bigint | string;
}

/** What is stored, by the user and the key. */
@Injectable()
class Store extends Map<string, Partial<Set>> {}

@Controller()
class CacheController {
  constructor(private readonly store: Store) {}

  @MessagePattern('unary.set')
  set(@Payload() set: Set, @Ctx() context: ProtosocketContext): unknown {
    this.store.set(placeOf(context, set.key), set);
    return { value: set.value, versions: [set.ttlMilliseconds] };
  }

  @MessagePattern('unary.getItem')
  getItem(@Payload() { key }: Pick<Set, 'key'>, @Ctx() context: ProtosocketContext): unknown {
    const found = this.store.get(placeOf(context, key));
    if (!found) throw new RpcException({ code: 5, message: `${context.getPattern()}: no ${key.toString()}` });
    return { value: found.value, age: -1, counts: { ttl: found.ttlMilliseconds } };
  }

  @MessagePattern('watch')
  async *watch(@Payload() { key }: Pick<Set, 'key'>, @Ctx() context: ProtosocketContext): AsyncGenerator<unknown> {
    const { value } = this.store.get(placeOf(context, key))!;
    for (const byte of value!) yield await Promise.resolve({ item: { value: Buffer.of(byte) } });
    yield { deleted: true };
  }
}

const placeOf = ({ connection }: ProtosocketContext, key: Buffer): string =>
  `${connection.state as string}/${key.toString('hex')}`;

const firstMessage: FirstMessageOptions = {
  pattern: 'unary.auth',
  accept({ token }: { readonly token: string }, { connection }) {
    if (!token.startsWith('user ')) throw new RpcException({ code: 16, message: 'who are you?' });
    connection.state = token.slice(5);
    return {};
  },
};

const saying =
  (token: string): FirstMessageSender =>
  (connection) =>
    connection.send('unary.auth', { token });
const asAnn = { firstMessage: saying('user ann') };

/** Both ends, and where JavaScript's numbers stop being exact. */
const NUMBERS = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n];
const key = Buffer.of(0, 255);
const value = Buffer.from('bytes');

describe('a contract of nested oneofs', () => {
  let service: Service;
  beforeEach(async () => {
    captureLog();
    service = await startService([CacheController], { contract, firstMessage }, undefined, [Store]);
  });
  afterEach(closeServices);

  it('routes by paths, once the first message has said who asks', async () => {
    const [ann, bob] = ['user ann', 'user bob'].map((token) =>
      service.client({ contract, firstMessage: saying(token) }),
    );
    await firstValueFrom(ann!.send('unary.set', { key, value, ttlMilliseconds: 7 }));
    expect(await firstValueFrom(ann!.send('unary.getItem', { key }))).toEqual({
      value,
      age: -1,
      versions: [],
      counts: { ttl: 7 },
    });
    await expect(firstValueFrom(bob!.send('unary.getItem', { key: Buffer.from('k') }))).rejects.toEqual({
      code: 5,
      message: 'unary.getItem: no k',
    });
  });

  it('has bytes as Buffers on both sides, of their own memory', async () => {
    const client = service.client({ contract, ...asAnn });
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        firstValueFrom(client.send<Set>('unary.set', { key: Buffer.of(i), value: Buffer.alloc(1_000, i) })),
      ),
    );
    expect(replies.every((reply) => Buffer.isBuffer(reply.value))).toBe(true);
    expect(replies.map((reply, i) => reply.value.equals(Buffer.alloc(1_000, i)))).toEqual(replies.map(() => true));
    const stored = service.app.get(Store).get(`ann/${Buffer.of(7).toString('hex')}`)!;
    expect(Buffer.isBuffer(stored.value)).toBe(true);
    expect(stored.value).toEqual(Buffer.alloc(1_000, 7));
  });

  it.each<[ProtobufContractOptions['int64'], (number: bigint) => unknown]>([
    ['number', (number) => (number <= Number.MAX_SAFE_INTEGER ? Number(number) : number)],
    ['bigint', (number) => number],
    ['string', String],
  ])('has 64 bits as %s, where both sides say so', async (int64, as) => {
    const saying = protobufContract({ ...cacheOptions, int64 });
    const other = await startService([CacheController], { contract: saying, firstMessage }, undefined, [Store]);
    const client = other.client({ contract: saying, ...asAnn });
    for (const number of NUMBERS) {
      const set = { key, value, ttlMilliseconds: as(number) };
      expect(await firstValueFrom(client.send('unary.set', set))).toMatchObject({ versions: [as(number)] });
      expect(other.app.get(Store).get(`ann/${key.toString('hex')}`)).toMatchObject({ ttlMilliseconds: as(number) });
      expect(await firstValueFrom(client.send('unary.getItem', { key }))).toMatchObject({
        age: as(-1n),
        counts: { ttl: as(number) },
      });
    }
  });

  it('has 64 bits in the form of each side, which the other need not know', async () => {
    const client = service.client({ contract: protobufContract({ ...cacheOptions, int64: 'string' }), ...asAnn });
    const set = { key, value, ttlMilliseconds: 2n ** 64n - 1n };
    expect(await firstValueFrom(client.send('unary.set', set))).toMatchObject({ versions: ['18446744073709551615'] });
    expect([...service.app.get(Store).values()]).toMatchObject([set]);
    await expect(firstValueFrom(client.send('unary.set', { ...set, ttlMilliseconds: 2n ** 64n }))).rejects.toThrow(
      NotSerializableError,
    );
  });

  it('streams', async () => {
    const client = service.client({ contract, ...asAnn });
    await firstValueFrom(client.send('unary.set', { key, value: Buffer.of(1, 2) }));
    const changes = await lastValueFrom(client.send('watch', { key }).pipe(toArray()));
    expect(changes).toMatchObject([
      { item: { value: Buffer.of(1) }, deleted: false },
      { item: { value: Buffer.of(2) }, deleted: false },
      { deleted: true },
    ]);
    expect(logged).toEqual([]);
  });

  it('says in its arm for failures why the first message is refused', async () => {
    const client = service.client({ contract, firstMessage: saying('nobody') });
    const failure = await firstValueFrom(client.send('unary.getItem', { key })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConnectFailedError);
    expect((failure as Error).cause).toEqual({ code: 16, message: 'who are you?' });
    await eventually(() => service.server.getStats().connections === 0);
  });

  it('refuses in it what comes without a first message', async () => {
    const client = service.client({ contract });
    await expect(firstValueFrom(client.send('unary.getItem', { key }))).rejects.toEqual({
      code: 16,
      message: 'The connection has not said who it is, or was refused',
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClientProtosocket, ConnectionLostError, ErrorCode, ProtosocketRecordBuilder } from 'nestjs-protosocket';
import { randomBytes } from 'node:crypto';
import { lastValueFrom } from 'rxjs';

import { captureLog, closeServices, connectTo } from '../support/app.js';
import { respContract } from '../support/resp-contract.js';
import { endRedisServers, hasRedis, RedisServer } from './support/redis.js';
import { whenAvailable } from './support/required.js';

const MIB = 1024 * 1024;
const bytes = (text: string): Buffer => Buffer.from(text);

whenAvailable('redis-server', hasRedis)('a client of redis, whose replies carry no id', () => {
  let server: RedisServer;
  let client: ClientProtosocket;

  const ask = (command: string, ...args: unknown[]): Promise<unknown> => lastValueFrom(client.send(command, args));

  beforeEach(async () => {
    captureLog();
    server = await RedisServer.start();
    client = connectTo(0, { path: server.path, contract: respContract });
  });
  afterEach(closeServices);
  afterEach(endRedisServers);

  it('pings', async () => {
    expect(await ask('PING')).toBe('PONG');
    expect(await ask('PING', 'ü€𝄞')).toEqual(bytes('ü€𝄞'));
  });

  it('sets, gets and misses', async () => {
    const value = Buffer.from([0, 13, 10, 255]);
    expect(await ask('GET', 'key')).toBeNull();
    expect(await ask('SET', 'key', value)).toBe('OK');
    expect(await ask('GET', 'key')).toEqual(value);
    expect(await ask('DEL', 'key', 'other')).toBe(1);
  });

  it('gives 10,000 pipelined calls their replies in order', async () => {
    const replies = await Promise.all(Array.from({ length: 10_000 }, () => ask('INCR', 'counter')));
    expect(replies).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  });

  it('gives pipelined calls of all kinds each its own reply, of the kind that it asked for', async () => {
    const asked: Promise<unknown>[] = [];
    const expected: unknown[] = [];
    for (let i = 0; i < 2_000; i++) {
      asked.push(ask('SET', `key ${i}`, i), ask('INCR', `key ${i}`), ask('MGET', `key ${i}`, 'none'));
      expected.push('OK', i + 1, [bytes(String(i + 1)), null]);
      asked.push(ask('LPOP', `key ${i}`).catch((error: unknown) => error));
      expected.push(expect.objectContaining({ code: 'WRONGTYPE' }));
    }
    expect(await Promise.all(asked)).toEqual(expected);
  });

  it('fails just the call that redis has an error for', async () => {
    const outcomes = await Promise.allSettled([
      ask('SET', 'text', 'a'),
      ask('INCR', 'text'),
      ask('NONSENSE'),
      ask('GET', 'text'),
    ]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 'OK' },
      { status: 'rejected', reason: { code: 'ERR', message: 'value is not an integer or out of range' } },
      { status: 'rejected', reason: { code: 'ERR', message: expect.stringContaining("unknown command 'NONSENSE'") } },
      { status: 'fulfilled', value: bytes('a') },
    ]);
  });

  it('has an error within a reply as a value', async () => {
    const replies = [ask('MULTI'), ask('SET', 'text', 'a'), ask('INCR', 'text'), ask('EXEC')];
    expect((await Promise.all(replies)).at(-1)).toEqual(['OK', expect.objectContaining({ code: 'ERR' })]);
  });

  it('carries values that are larger than what is allowed by default, once it is allowed', async () => {
    const value = randomBytes(4 * MIB);
    await expect(ask('SET', 'large', value)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(await ask('GET', 'large')).toBeNull();
    const large = connectTo(0, { path: server.path, contract: respContract, maxBufferSize: 5 * MIB });
    const send = (command: string, ...args: unknown[]): Promise<unknown> => lastValueFrom(large.send(command, args));
    const [set, ...got] = await Promise.all([
      send('SET', 'large', value),
      ...Array.from({ length: 5 }, () => send('GET', 'large')),
    ]);
    expect(set).toBe('OK');
    expect(got.map((each) => value.equals(each as Buffer))).toEqual(got.map(() => true));
  });

  it('reads long arrays', async () => {
    const items = Array.from({ length: 50_000 }, (_, i) => `item ${i}`);
    expect(await ask('RPUSH', 'list', ...items)).toBe(items.length);
    const [whole, part, none] = await Promise.all([
      ask('LRANGE', 'list', 0, -1),
      ask('LRANGE', 'list', 10, 12),
      ask('LRANGE', 'none', 0, -1),
    ]);
    expect((whole as Buffer[]).map(String)).toEqual(items);
    expect(part).toEqual(['item 10', 'item 11', 'item 12'].map(bytes));
    expect(none).toEqual([]);
  });

  describe('keeps every reply with its call', () => {
    it('although calls in the middle are cancelled', async () => {
      await client.connect();
      const asked: Promise<unknown>[] = [];
      const expected: number[] = [];
      for (let i = 1; i <= 3_000; i++) {
        if (i % 3 === 0) client.send('INCR', ['counter']).subscribe().unsubscribe();
        else {
          asked.push(ask('INCR', 'counter'));
          expected.push(i);
        }
      }
      expect(await Promise.all(asked)).toEqual(expected);
    });

    it('although calls in the middle take too long', async () => {
      const slow = lastValueFrom(
        client.send('BLPOP', new ProtosocketRecordBuilder(['never', 0.3]).setTimeout(50).build()),
      );
      const behind = [ask('ECHO', 'a'), ask('ECHO', 'b')];
      await expect(slow).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(await Promise.all(behind)).toEqual([bytes('a'), bytes('b')]);
    });

    it('although calls in the middle cannot be sent', async () => {
      const asked = ['a', { not: 'text' }, 'b', undefined, 'c'].map((text) =>
        ask('ECHO', text).catch((error: { code: string }) => error.code),
      );
      const { NOT_SERIALIZABLE } = ErrorCode;
      expect(await Promise.all(asked)).toEqual([
        bytes('a'),
        NOT_SERIALIZABLE,
        bytes('b'),
        NOT_SERIALIZABLE,
        bytes('c'),
      ]);
      await expect(ask('SUBSCRIBE', 'channel')).rejects.toMatchObject({ code: NOT_SERIALIZABLE });
    });

    it('although events between them are answered, whether or not anybody waits', async () => {
      const careless = connectTo(0, { path: server.path, contract: respContract, acknowledgeEvents: false });
      const send = (text: string): Promise<unknown> => lastValueFrom(careless.send('ECHO', [text]));
      await careless.connect();
      careless.emit('RPUSH', ['list', 'a']);
      const first = send('1');
      careless.emit('NONSENSE', []);
      const second = send('2');
      expect(await Promise.all([first, second])).toEqual([bytes('1'), bytes('2')]);
      await expect(lastValueFrom(client.emit('RPUSH', ['list', 'b']))).resolves.toBeUndefined();
      expect(await ask('LRANGE', 'list', 0, -1)).toEqual([bytes('a'), bytes('b')]);
    });
  });

  it('fails every call in flight when redis is killed', async () => {
    await client.connect();
    const asked = Array.from({ length: 100 }, (_, i) => ask(i === 0 ? 'BLPOP' : 'ECHO', ...(i === 0 ? ['k', 0] : [i])));
    const outcomes = Promise.allSettled(asked);
    await lastValueFrom(connectTo(0, { path: server.path, contract: respContract }).send('PING', []));
    await server.kill();
    for (const outcome of await outcomes) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.any(ConnectionLostError) });
    }
    await expect(ask('PING')).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import {
  CancelledError,
  ConnectionLostError,
  type Contract,
  NotSerializableError,
  ProtosocketContext,
} from 'nestjs-protosocket';
import {
  type MessagePackContractOptions,
  optional,
  string,
  struct,
  u32,
  u64,
  unit,
  variants,
} from 'nestjs-protosocket/messagepack';
import { connect } from 'node:net';
import { firstValueFrom, lastValueFrom, NEVER, type Observable, toArray } from 'rxjs';

import { captureLog, closeServices, logged, type Service, startService } from '../support/app.js';
import { echoContract } from '../support/echo-messagepack.js';
import { eventually } from '../support/eventually.js';
import { framed, hex } from '../support/messagepack.js';

interface Echo {
  message: string;
  nanotime: number | bigint;
}
interface Request {
  body: Echo | null;
}

/** What happened on the server, in order. */
const seen: string[] = [];

@Controller()
class EchoController {
  @MessagePattern('Unary')
  unary(@Payload() { body }: Request, @Ctx() context: ProtosocketContext): unknown {
    seen.push(`${typeof context.messageId} ${context.messageId}`);
    switch (body?.message) {
      case 'rpc':
        throw new RpcException({ code: 'TEAPOT', message: 'no coffee' });
      case 'error':
        throw new Error('the password is hunter2');
      case 'misfit':
        return { message: body.message, nanotime: 'now' };
      case 'never':
        return NEVER;
      default:
        return body;
    }
  }

  @MessagePattern('Stream')
  async *stream(@Payload() { body }: Request): AsyncGenerator<unknown> {
    try {
      const count = Number(body!.nanotime);
      for (let sequence = 0; sequence < count; sequence++) {
        yield await Promise.resolve({ ...body, sequence: body!.message === 'misfit' ? -1 : sequence });
      }
      if (body!.message === 'error') throw new RpcException({ code: 'TEAPOT', message: 'no coffee' });
    } finally {
      seen.push('returned');
    }
  }
}

const withErrorArm: Partial<MessagePackContractOptions> = {
  response: struct({
    request_id: u64,
    code: u32,
    kind: optional(
      variants({
        Echo: struct({ message: string, nanotime: u64 }),
        Stream: struct({ message: string, nanotime: u64, sequence: u64 }),
        Error: struct({ code: string, message: string }),
        Nothing: unit,
      }),
    ),
  }),
};
const withError = echoContract({ ...withErrorArm, error: 'Error' });

const started = (contract: Contract): Promise<Service> => startService([EchoController], { contract });
const body = (message: string, nanotime: number | bigint = 1): { body: Echo } => ({ body: { message, nanotime } });

describe('a MessagePack contract', () => {
  beforeEach(() => {
    seen.length = 0;
    captureLog();
  });
  afterEach(closeServices);

  it.each<[string, Contract, Contract]>([
    ['arrays', echoContract(), echoContract()],
    ['maps', echoContract({ structs: 'map' }), echoContract({ structs: 'map' })],
    ['arrays from the client and maps from the server', echoContract({ structs: 'map' }), echoContract()],
  ])('unary and stream, with structs as %s', async (_, ofServer, ofClient) => {
    const client = (await started(ofServer)).client({ contract: ofClient });
    expect(await firstValueFrom(client.send('Unary', body('hello', 7)))).toEqual({ message: 'hello', nanotime: 7 });
    const items = await lastValueFrom(client.send('Stream', body('hello', 3)).pipe(toArray()));
    expect(items).toEqual([0, 1, 2].map((sequence) => ({ message: 'hello', nanotime: 3, sequence })));
    expect(await lastValueFrom(client.send('Stream', body('hello', 0)).pipe(toArray()))).toEqual([]);
    expect(await lastValueFrom(client.send('Unary', { body: null }).pipe(toArray()))).toEqual([]);
  });

  it('many calls at a time, each gets its own reply', async () => {
    const client = (await started(echoContract())).client({ contract: echoContract() });
    const calls = Array.from({ length: 200 }, (_, i) => firstValueFrom(client.send<Echo>('Unary', body(`${i}`, i))));
    expect((await Promise.all(calls)).map(({ message }) => message)).toEqual(calls.map((_, i) => String(i)));
  });

  it('numbers of 64 bits are exact', async () => {
    const client = (await started(echoContract())).client({ contract: echoContract() });
    for (const nanotime of [2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n]) {
      expect(await firstValueFrom(client.send('Unary', body('hello', nanotime)))).toEqual({
        message: 'hello',
        nanotime,
      });
    }
  });

  it('a stream that is cancelled stops at the server', async () => {
    const service = await started(echoContract());
    const client = service.client({ contract: echoContract() });
    await firstValueFrom(client.send('Stream', body('hello', 1_000_000)));
    await eventually(() => seen.includes('returned'));
    await eventually(() => service.server.getStats().inFlight === 0);
    expect(await firstValueFrom(client.send('Unary', body('after')))).toMatchObject({ message: 'after' });
  });

  it('a unary call that is cancelled stops at the server', async () => {
    const service = await started(echoContract());
    const client = service.client({ contract: echoContract() });
    const subscription = client.send('Unary', body('never')).subscribe();
    await eventually(() => service.server.getStats().inFlight === 1);
    subscription.unsubscribe();
    await eventually(() => service.server.getStats().inFlight === 0);
  });

  it.each(['rpc', 'error', 'misfit'])('an error without an arm for it is a CancelledError: %s', async (message) => {
    const client = (await started(echoContract())).client({ contract: echoContract() });
    await expect(firstValueFrom(client.send('Unary', body(message)))).rejects.toBeInstanceOf(CancelledError);
    expect(await firstValueFrom(client.send('Unary', body('after')))).toMatchObject({ message: 'after' });
  });

  it.each([
    ['Unary', 'response.kind.Echo.nanotime'],
    ['Stream', 'response.kind.Stream.sequence'],
  ])('a reply that does not fit is in the log of the server: %s', async (route, place) => {
    const client = (await started(echoContract())).client({ contract: echoContract() });
    await expect(lastValueFrom(client.send(route, body('misfit')))).rejects.toBeInstanceOf(CancelledError);
    expect(logged).toEqual([
      expect.stringContaining(`error: The reply of "${route}" was not sent: ${place} has to be`),
    ]);
  });

  it('an error with an arm for it says what happened', async () => {
    const client = (await started(withError)).client({ contract: withError });
    const failure = (route: string, message: string): Promise<unknown> =>
      lastValueFrom(client.send(route, body(message, 2)).pipe(toArray())).catch((error: unknown) => error);
    expect(await failure('Unary', 'rpc')).toEqual({ code: 'TEAPOT', message: 'no coffee' });
    expect(await failure('Stream', 'error')).toEqual({ code: 'TEAPOT', message: 'no coffee' });
    expect(await failure('Unary', 'error')).toMatchObject({ message: 'Internal server error' });
    expect(await failure('Unary', 'misfit')).toBeInstanceOf(NotSerializableError);
  });

  it('an error of a route that has its own way says what happened there alone', async () => {
    const contract = echoContract({
      ...withErrorArm,
      routes: {
        Unary: { response: 'Echo', error: 'Error' },
        Stream: { response: 'Stream', reply: 'stream', error: false },
      },
    });
    const client = (await started(contract)).client({ contract });
    const failure = (route: string, message: string): Promise<unknown> =>
      lastValueFrom(client.send(route, body(message, 2)).pipe(toArray())).catch((error: unknown) => error);
    expect(await failure('Unary', 'rpc')).toEqual({ code: 'TEAPOT', message: 'no coffee' });
    expect(await failure('Stream', 'error')).toBeInstanceOf(CancelledError);
    expect(await firstValueFrom(client.send('Unary', body('after')))).toMatchObject({ message: 'after' });
  });

  it('a request that does not fit fails at once, and was not sent', async () => {
    const client = (await started(echoContract())).client({ contract: echoContract() });
    const wrong = firstValueFrom(client.send('Unary', { body: { message: 'hello' } }));
    await expect(wrong).rejects.toThrow('request.body.nanotime has to be an integer that fits in u64, and is missing');
    await expect(wrong).rejects.toBeInstanceOf(NotSerializableError);
    expect(seen).toEqual([]);
  });

  it('the server stamps the id of the request on its replies, whichever it is', async () => {
    const { port } = await started(echoContract());
    const peer = connect(port, '127.0.0.1');
    const received: Buffer[] = [];
    peer.on('data', (chunk) => received.push(chunk));
    const ids = [
      ['00', '00'],
      ['07', '07'],
      // Signed where it can be: serde reads a u64 from either.
      ['cf0020000000000000', 'd30020000000000000'],
      ['cfffffffffffffffff', 'cfffffffffffffffff'],
    ];
    for (const [id, replied] of ids) {
      const before = received.length;
      peer.write(framed(hex(`94 ${id} 00 92 a26869 01 a5556e617279`)));
      await eventually(() => received.length > before);
      expect(received.at(-1)).toEqual(framed(hex(`93 ${replied} 00 81 a44563686f 92 a26869 01`)));
    }
    expect(seen).toEqual(['number 0', 'number 7', `bigint ${2n ** 53n}`, `bigint ${2n ** 64n - 1n}`]);
    peer.destroy();
  });

  it.each([
    ['another frame', hex('81a16101')],
    ['a bomb', framed(Buffer.concat([hex('94 01 00 dfffffffff'), Buffer.alloc(72_000, 0x81)]))],
    ['arrays within each other', framed(Buffer.alloc(100_000, 0x91))],
    ['a struct that lacks a field', framed(hex('93 01 00 c0'))],
    ['a message with bytes behind it', framed(hex('94 01 00 c0 a5556e617279 c0'))],
  ])('%s closes its connection, and leaves the others alone', async (_, bytes) => {
    const service = await started(echoContract());
    const client = service.client({ contract: echoContract() });
    const errors: string[] = [];
    service.server.on('connectionError', (error: Error & { code?: string }) => errors.push(error.code ?? ''));
    const other = firstValueFrom(client.send('Unary', body('never')));
    other.catch(() => undefined);
    const peer = connect(service.port, '127.0.0.1');
    peer.write(bytes);
    await new Promise((resolve) => peer.once('close', resolve));
    expect(errors).toEqual(['PROTOCOL_VIOLATION']);
    expect(logged.some((line) => line.startsWith('warn'))).toBe(true);
    expect(await firstValueFrom(client.send('Unary', body('after')))).toMatchObject({ message: 'after' });
    await client.close();
    await expect(other).rejects.toBeInstanceOf(ConnectionLostError);
  });

  it('a server does not start without a handler for each route', async () => {
    @Controller()
    class UnaryController {
      @MessagePattern('Unary')
      unary(): Observable<never> {
        return NEVER;
      }
    }
    await expect(startService([UnaryController], { contract: echoContract() })).rejects.toThrow(
      'Nothing handles "Stream"',
    );
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern, RpcException } from '@nestjs/microservices';
import {
  ClientProtosocket,
  ConnectFailedError,
  ConnectionLostError,
  type Contract,
  type FirstMessageOptions,
  type FirstMessageSender,
  InvalidOptionError,
  MessageTooLargeError,
  NoHandlerError,
  NotSerializableError,
  ServerProtosocket,
} from 'nestjs-protosocket';
import { connect, type Socket } from 'node:net';
import { lastValueFrom, NEVER, type Observable, throwError, toArray } from 'rxjs';

import { captureLog, closeServices, logged, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';

const circular: Record<string, unknown> = {};
circular.self = circular;

@Controller()
class FailingController {
  @MessagePattern('text')
  text(): void {
    throw new RpcException('no more tea');
  }

  @MessagePattern('object')
  object(): Observable<never> {
    return throwError(() => new RpcException({ code: 418, message: 'teapot', details: { spout: ['short', 'stout'] } }));
  }

  @MessagePattern('unknown')
  unknown(): void {
    throw new Error('the password is hunter2');
  }

  @MessagePattern('generator')
  async *generator(how: string): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    if (how === 'own') throw new NoHandlerError('of another service');
    throw how === 'rpc' ? new RpcException({ code: 7 }) : new Error('the password is hunter2');
  }

  @MessagePattern('another service')
  anotherService(how: string): Observable<never> {
    const error = new RpcException(new NoHandlerError('of another service'));
    if (how === 'throws') throw error;
    return throwError(() => error);
  }

  @MessagePattern('circular')
  circular(): unknown {
    return circular;
  }

  @MessagePattern('circular item')
  *circularItem(): Generator<unknown> {
    yield 1;
    yield circular;
  }

  @MessagePattern('circular error')
  circularError(): void {
    throw new RpcException(circular);
  }

  @MessagePattern('large')
  large(length: number): Buffer {
    return Buffer.alloc(length);
  }

  @MessagePattern('length')
  length(data: Buffer): number {
    return data.length;
  }

  @MessagePattern('never')
  never(): Observable<never> {
    return NEVER;
  }
}

describe('errors', () => {
  beforeEach(captureLog);
  afterEach(closeServices);

  it.each([
    ['an RpcException with a text', 'text', {}, { status: 'error', message: 'no more tea' }],
    [
      'an RpcException with an object keeps it',
      'object',
      {},
      { code: 418, message: 'teapot', details: { spout: ['short', 'stout'] } },
    ],
    ['any other error is not told', 'unknown', {}, { status: 'error', message: 'Internal server error' }],
    ['an RpcException thrown by a generator keeps its object', 'generator', 'rpc', { code: 7 }],
    [
      'any other error of a generator is not told',
      'generator',
      '',
      { status: 'error', message: 'Internal server error' },
    ],
  ])('of the handler: %s', async (_, pattern, data, expected) => {
    const client = (await startService([FailingController])).client();
    await expect(lastValueFrom(client.send(pattern, data))).rejects.toEqual(expected);
  });

  // As an error of the transport it would say that no handler has run.
  it.each([
    ['an RpcException of it', 'another service', 'throws'],
    ['an Observable that fails with one', 'another service', 'errors'],
    ['what a generator throws', 'generator', 'own'],
  ])("another service's failure is no failure of the transport: %s", async (_, pattern, how) => {
    const client = (await startService([FailingController])).client();
    const expected = { status: 'error', code: 'NO_HANDLER', message: 'of another service' };
    await expect(lastValueFrom(client.send(pattern, how))).rejects.toEqual(expected);
  });

  it('that are not told are logged', async () => {
    const client = (await startService([FailingController])).client();
    await expect(lastValueFrom(client.send('generator', ''))).rejects.toBeDefined();
    expect(logged).toContain('error: the password is hunter2');
  });

  it.each([
    ['a reply', 'circular', []],
    ['an item of a reply', 'circular item', [1]],
    ['what a handler threw', 'circular error', []],
  ])('NOT_SERIALIZABLE: %s', async (_, pattern, before) => {
    const client = (await startService([FailingController])).client();
    const items: unknown[] = [];
    const call = new Promise((_resolve, reject) => {
      client.send(pattern, {}).subscribe({ next: (item) => items.push(item), error: reject });
    });
    await expect(call).rejects.toBeInstanceOf(NotSerializableError);
    expect(items).toEqual(before);
  });

  it('NOT_SERIALIZABLE: a request fails at once, and was not sent', async () => {
    const service = await startService([FailingController]);
    const client = service.client();
    await client.connect();
    for (const data of [circular, 1n, (): void => undefined]) {
      await expect(lastValueFrom(client.send('length', data))).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    }
    expect(client.getStats().inFlight).toBe(0);
  });

  it('MESSAGE_TOO_LARGE: a request or a reply fails alone', async () => {
    const service = await startService([FailingController], { maxBufferSize: 1_000 });
    const client = service.client({ maxBufferSize: 2_000 });
    const other = lastValueFrom(client.send('never', {}));
    other.catch(() => undefined);
    await expect(lastValueFrom(client.send('length', Buffer.alloc(2_000)))).rejects.toBeInstanceOf(
      MessageTooLargeError,
    );
    await expect(lastValueFrom(client.send('large', 1_000))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(await lastValueFrom(client.send('length', Buffer.alloc(900)))).toBe(900);
    expect(client.getStats().inFlight).toBe(1);
  });

  it('PROTOCOL_VIOLATION: a peer that announces too much is cut off, and told of in the log', async () => {
    const service = await startService([FailingController], { maxBufferSize: 1_000 });
    const client = service.client({ maxBufferSize: 10_000 });
    await expect(lastValueFrom(client.send('length', Buffer.alloc(5_000)))).rejects.toBeInstanceOf(ConnectionLostError);
    expect(logged.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining('over 1000 bytes')]);
  });

  it('PROTOCOL_VIOLATION: garbage closes its connection and leaves the others alone', async () => {
    const service = await startService([FailingController]);
    const client = service.client();
    const errors: string[] = [];
    service.server.on('connectionError', (error: Error & { code?: string }) => errors.push(error.code ?? ''));
    const peer = connect(service.port, '127.0.0.1');
    peer.write(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10)));
    await new Promise((resolve) => peer.once('close', resolve));
    expect(errors).toEqual(['PROTOCOL_VIOLATION']);
    expect(await lastValueFrom(client.send('length', Buffer.alloc(3)))).toBe(3);
  });

  it('UNREADABLE_PAYLOAD: only its own call fails', async () => {
    const service = await startService([FailingController]);
    const replies: Buffer[] = [];
    const peer = connect(service.port, '127.0.0.1');
    peer.on('data', (chunk) => replies.push(chunk));
    // id 1, pattern "text", payload "{"
    peer.write(Buffer.from([11, 0x08, 1, 0x1a, 4, 0x74, 0x65, 0x78, 0x74, 0x22, 1, 0x7b]));
    await eventually(() => replies.length > 0);
    expect(Buffer.concat(replies).toString('latin1')).toContain('UNREADABLE_PAYLOAD');
    peer.destroy();
  });

  it('INVALID_REQUEST: a request without a pattern', async () => {
    const service = await startService([FailingController]);
    const replies: Buffer[] = [];
    const peer = connect(service.port, '127.0.0.1');
    peer.on('data', (chunk) => replies.push(chunk));
    peer.write(Buffer.from([2, 0x08, 1]));
    await eventually(() => replies.length > 0);
    expect(Buffer.concat(replies).toString('latin1')).toContain('INVALID_REQUEST');
    peer.destroy();
  });

  it('CONNECTION_LOST: every call in flight is told, once, and items before it were delivered', async () => {
    const service = await startService([FailingController]);
    const client = service.client();
    await client.connect();
    let ends = 0;
    const calls = Array.from({ length: 50 }, () =>
      lastValueFrom(client.send('never', {}).pipe(toArray())).finally(() => ends++),
    );
    const outcomes = Promise.allSettled(calls);
    await eventually(() => service.server.getStats().inFlight === 50);
    client.unwrap<Socket>().destroy();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CONNECTION_LOST' } });
    }
    expect(ends).toBe(50);
  });

  it('CONNECT_FAILED: with the error of the socket as its cause, and the next call tries anew', async () => {
    const port = await freePort();
    const client = new ClientProtosocket({ host: '127.0.0.1', port });
    const failure = lastValueFrom(client.send('text', {}));
    await expect(failure).rejects.toBeInstanceOf(ConnectFailedError);
    await expect(failure).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    const service = await startService([FailingController], { port });
    expect(await lastValueFrom(client.send('length', Buffer.alloc(1)))).toBe(1);
    await client.close();
    expect(service.port).toBe(port);
  });

  it('INVALID_OPTION: for what an option cannot be', () => {
    const wrong = (make: () => unknown): void => expect(make).toThrow(InvalidOptionError);
    wrong(() => new ServerProtosocket({ port: -1 }));
    wrong(() => new ServerProtosocket({ maxBufferSize: Number.NaN }));
    wrong(() => new ServerProtosocket({ replyOrder: 'random' as 'serial' }));
    wrong(() => new ServerProtosocket({ maxConnectionAge: -1 }));
    wrong(() => new ServerProtosocket({ keepalive: { interval: 0 } }));
    wrong(() => new ClientProtosocket({ timeout: 'soon' as unknown as number }));
    wrong(() => new ClientProtosocket({ keepalive: true as unknown as false }));
    wrong(() => new ClientProtosocket({ keepalive: { timeout: 'soon' as unknown as number } }));
    wrong(() => new ClientProtosocket({ reconnect: { initialDelay: 0 } }));
    wrong(() => new ClientProtosocket({ reconnect: false as unknown as object }));
    wrong(() => new ClientProtosocket({ retry: { attempts: -1 } }));
    wrong(() => new ClientProtosocket({ retry: null as unknown as false }));
    const pattern = 'auth';
    wrong(() => new ServerProtosocket({ firstMessage: { pattern } as FirstMessageOptions }));
    wrong(() => new ServerProtosocket({ firstMessage: { accept: () => true } as unknown as FirstMessageOptions }));
    wrong(() => new ServerProtosocket({ firstMessage: { pattern, accept: () => true, timeout: -1 } }));
    wrong(() => new ServerProtosocket({ firstMessage: 'auth' as unknown as FirstMessageOptions }));
    wrong(() => new ClientProtosocket({ firstMessage: 'auth' as unknown as FirstMessageSender }));
    wrong(() => new ServerProtosocket({ contract: 'cache.proto' as unknown as Contract }));
    wrong(() => new ClientProtosocket({ contract: null as unknown as Contract }));
    expect(new ClientProtosocket({ keepalive: false, retry: false, reconnect: { maxDelay: 1 } })).toBeDefined();
  });

  it('UNAVAILABLE: a server that closes takes no more calls, and those in flight are finished', async () => {
    let finish!: () => void;
    @Controller()
    class FinishingController {
      @MessagePattern('finish')
      async finish(): Promise<string> {
        await new Promise<void>((resolve) => (finish = resolve));
        return 'finished';
      }

      @MessagePattern('echo')
      echo(data: unknown): unknown {
        return data;
      }
    }
    const service = await startService([FinishingController], { gracePeriod: 10_000 });
    const client = service.client();
    const call = lastValueFrom(client.send('finish', {}));
    await eventually(() => service.server.getStats().inFlight === 1);
    const closing = service.app.close();
    let outcome: unknown;
    do outcome = await lastValueFrom(client.send('echo', 'echo')).catch(({ code }: { code: string }) => code);
    while (outcome === 'echo');
    // The second, if the client had heard by then that the server goes away.
    expect(['UNAVAILABLE', 'CONNECT_FAILED']).toContain(outcome);
    finish();
    expect(await call).toBe('finished');
    await closing;
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { EventPattern, RpcException } from '@nestjs/microservices';
import { NoHandlerError, ProtosocketContext } from 'nestjs-protosocket';
import type { Socket } from 'node:net';
import { lastValueFrom, Observable, of, tap, throwError } from 'rxjs';

import { captureLog, closeServices, logged, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

const taken: unknown[] = [];
let release: (() => void) | undefined;

class Passing implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap(() => undefined));
  }
}

@Controller()
class EventsController {
  @EventPattern<string>('plain')
  plain(data: unknown): void {
    taken.push(data);
  }

  @EventPattern<string>('observable')
  observable(data: unknown): Observable<unknown> {
    return of(data).pipe(tap((each) => taken.push(each)));
  }

  @EventPattern<string>('generator')
  async *generator(data: unknown): AsyncGenerator<unknown> {
    taken.push(data);
    yield await Promise.resolve(data);
    taken.push('to its end');
  }

  @EventPattern<string>('generator behind an interceptor')
  @UseInterceptors(Passing)
  intercepted(data: unknown): AsyncGenerator<unknown> {
    return this.generator(data);
  }

  @EventPattern<string>('generator with others')
  first(data: unknown): AsyncGenerator<unknown> {
    return this.generator(data);
  }

  @EventPattern<string>('generator with others')
  second(data: unknown): Observable<unknown> {
    return this.observable(data);
  }

  @EventPattern<string>('generator with others')
  @UseInterceptors(Passing)
  third(data: unknown): AsyncGenerator<unknown> {
    return this.generator(data);
  }

  @EventPattern<string>('slow')
  async slow(_: unknown): Promise<void> {
    await new Promise<void>((resolve) => (release = resolve));
    taken.push('done');
  }

  @EventPattern<string>('throws')
  throws(): void {
    throw new RpcException('spilt milk');
  }

  @EventPattern<string>('errors')
  errors(): Observable<never> {
    return throwError(() => new Error('spilt milk'));
  }
}

describe('events', () => {
  beforeEach(() => {
    taken.length = 0;
    release = undefined;
    captureLog();
  });
  afterEach(closeServices);

  it.each([
    ['plain', [1]],
    ['observable', [1]],
    ['generator', [1, 'to its end']],
    ['generator behind an interceptor', [1, 'to its end']],
    ['generator with others', [1, 1, 1, 'to its end', 'to its end']],
  ])('reach a handler that is %s', async (pattern, expected) => {
    const client = (await startService([EventsController])).client();
    expect(await lastValueFrom(client.emit(pattern, 1))).toBeUndefined();
    await eventually(() => taken.length === expected.length);
    expect(taken).toEqual(expected);
  });

  it('are sent without being subscribed to, and whoever asks later is told all the same', async () => {
    const client = (await startService([EventsController])).client();
    const outcome = client.emit('plain', 1);
    await eventually(() => taken.length === 1);
    expect(await lastValueFrom(outcome)).toBeUndefined();
    expect(taken).toEqual([1]);
  });

  it('complete when they are taken, before their handler is done, and outlive their connection', async () => {
    const service = await startService([EventsController]);
    const client = service.client();
    await lastValueFrom(client.emit('slow', {}));
    expect(taken).toEqual([]);
    client.unwrap<Socket>().destroy();
    await eventually(() => service.server.getStats().connections === 0);
    release!();
    await eventually(() => taken.length === 1);
  });

  it('fail for a pattern without a handler, which the server logs as Nest does', async () => {
    const client = (await startService([EventsController])).client();
    await expect(lastValueFrom(client.emit('nobody', {}))).rejects.toBeInstanceOf(NoHandlerError);
    expect(logged).toContain(
      'error: There is no matching event handler defined in the remote service. Event pattern: "nobody"',
    );
  });

  it.each(['throws', 'errors'])('whose handler %s are taken; the failure is logged and reported', async (pattern) => {
    const service = await startService([EventsController]);
    const reported: [unknown, string][] = [];
    service.server.on('eventHandlerError', (error: unknown, context: ProtosocketContext) => {
      reported.push([error, context.getPattern()]);
      throw new Error('a listener that throws');
    });
    await lastValueFrom(service.client().emit(pattern, {}));
    await eventually(() => reported.length > 0);
    const message = pattern === 'throws' ? 'spilt milk' : 'Internal server error';
    expect(reported).toEqual([[{ status: 'error', message }, pattern]]);
    await eventually(() => logged.includes('error: a listener that throws'));
    expect(logged).toContain(`error: The handler of event "${pattern}" failed: ${message}`);
  });

  it('that could not be delivered are logged, unless somebody asks', async () => {
    const service = await startService([EventsController]);
    const client = service.client();
    await client.connect();
    await expect(lastValueFrom(client.emit('plain', 1n))).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(logged).toEqual([]);
    client.emit('plain', 1n);
    await eventually(() => logged.length > 0);
    expect(logged[0]).toContain('The event "plain" was not delivered');
  });

  it('may be sent without an acknowledgement', async () => {
    const service = await startService([EventsController]);
    const client = service.client({ acknowledgeEvents: false });
    await lastValueFrom(client.emit('plain', 1));
    expect(client.getStats().inFlight).toBe(0);
    expect(await lastValueFrom(client.emit('nobody', 1))).toBeUndefined();
    await lastValueFrom(client.emit('slow', {}));
    await eventually(() => taken.length === 1 && release !== undefined);
    expect(service.server.getStats().inFlight).toBe(1);
    release!();
    await eventually(() => service.server.getStats().inFlight === 0);
  });

  it('cannot be streams', async () => {
    const client = (await startService([EventsController])).client();
    await expect(lastValueFrom(client.emit('plain', of(1)))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

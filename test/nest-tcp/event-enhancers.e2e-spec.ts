import { expect } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import type { ProtosocketContext } from 'nestjs-protosocket';
import { concat, defer, from, type Observable, of, tap, throwError } from 'rxjs';

import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { type Behaviour, behaviours } from './support/behaviour.js';
import type { Bench, Service } from './support/bench.js';
import { all } from './support/outcome.js';
import { Gate, Journal } from './support/providers.js';
import { isNest12 } from './support/versions.js';

const rpcContext = 'packages/microservices/test/context/rpc-context-creator.spec.ts';
const rpcProxy = 'packages/microservices/test/context/rpc-proxy.spec.ts';
const serverSpec = 'packages/microservices/test/server/server.spec.ts';
const processing = 'packages/microservices/server/server.ts › runWithProcessingHooks';

@Injectable()
class Deny implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class Doubling implements PipeTransform<number, number> {
  transform(value: number): number {
    return 2 * value;
  }
}

@Injectable()
class Refusing implements PipeTransform {
  transform(): never {
    throw new RpcException('refused by the pipe');
  }
}

@Injectable()
class Noting implements NestInterceptor {
  constructor(private readonly journal: Journal) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.journal.note('before');
    return next.handle().pipe(tap({ complete: () => this.journal.note('after') }));
  }
}

@Catch()
@Injectable()
class NotingFilter implements ExceptionFilter {
  constructor(private readonly journal: Journal) {}

  catch(error: Error, host: ArgumentsHost): Observable<unknown> {
    this.journal.note({ caught: error.message, data: host.switchToRpc().getData<unknown>() });
    // Whatever a filter answers runs, although nobody waits for it.
    return defer(() => of(this.journal.note('answer of the filter')));
  }
}

@Controller()
class EventsController {
  constructor(
    private readonly journal: Journal,
    private readonly gate: Gate,
  ) {}

  @EventPattern('denied')
  @UseGuards(Deny)
  denied(_: unknown): void {
    this.journal.note('denied was called');
  }

  @EventPattern('doubled')
  @UsePipes(Doubling)
  doubled(data: number): void {
    this.journal.note(data);
  }

  @EventPattern('a property, doubled')
  property(@Payload('n', Doubling) n: number): void {
    this.journal.note(n);
  }

  @EventPattern('refused')
  refused(@Payload(Refusing) _: unknown): void {
    this.journal.note('refused was called');
  }

  @EventPattern('intercepted')
  @UseInterceptors(Noting)
  intercepted(data: unknown): void {
    this.journal.note(data);
  }

  @EventPattern('an intercepted stream')
  @UseInterceptors(Noting)
  stream(data: unknown[]): Observable<unknown> {
    return from(data).pipe(tap((item) => this.journal.note(item)));
  }

  @EventPattern('filtered')
  @UseFilters(NotingFilter)
  filtered(_: unknown): void {
    throw new Error('thrown');
  }

  @EventPattern('a filtered stream')
  @UseFilters(NotingFilter)
  filteredStream(_: unknown): Observable<unknown> {
    return concat(
      of(1),
      throwError(() => new Error('streamed')),
    );
  }

  @EventPattern('gated')
  async gated(_: unknown): Promise<void> {
    await this.gate.pass();
  }

  @EventPattern('throws')
  throws(_: unknown): void {
    throw new Error('thrown');
  }

  @EventPattern('fails as a stream')
  failsAsStream(_: unknown): Observable<never> {
    return throwError(() => new Error('streamed'));
  }

  @EventPattern('shared')
  shared(_: unknown): void {
    this.journal.note('one');
  }

  @MessagePattern('gated request')
  async gatedRequest(data: unknown): Promise<unknown> {
    await this.gate.pass();
    return data;
  }

  @MessagePattern('after')
  after(): string {
    return 'after';
  }
}

@Controller()
class OtherController {
  constructor(private readonly journal: Journal) {}

  @EventPattern('shared')
  shared(_: unknown): void {
    this.journal.note('two');
  }
}

const parts: ModuleMetadata = { controllers: [EventsController, OtherController], providers: [Journal, Gate, Noting] };

/** A row that emits one event, and waits for what is noted of it. The client must not be told of any failure. */
const notes = (
  behaviour: string,
  source: string,
  [pattern, data]: [string, unknown],
  expected: unknown[],
): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service(parts);
    expect(await all(service.client().emit(pattern, data))).toEqual([undefined]);
    const { entries } = service.app.get(Journal);
    await eventually(() => entries.length >= expected.length);
    expect(entries).toEqual(expected);
  },
});

/** A row that emits an event which does not reach its handler, and waits for the log to tell. */
const keptOut = (behaviour: string, source: string, pattern: string, text: string): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service(parts);
    const client = service.client();
    expect(await all(client.emit(pattern, {}))).toEqual([undefined]);
    // Nest 11's TCP transport says nothing of it.
    if (isNest12) await eventually(() => logged.some((line) => line.includes(text)));
    expect(await all(client.send('after', {}))).toEqual(['after']);
    expect(service.app.get(Journal).entries).toEqual([]);
  },
});

behaviours('enhancers of events', [
  keptOut('a guard that denies', `${rpcContext} › createGuardsFn`, 'denied', 'Forbidden resource'),
  keptOut('a pipe that refuses', `${rpcContext} › createPipesFn`, 'refused', 'refused by the pipe'),
  notes('a pipe that transforms', `${rpcContext} › createPipesFn`, ['doubled', 3], [6]),
  notes('a pipe of a property', `${rpcContext} › getParamValue`, ['a property, doubled', { n: 3 }], [6]),
  notes('an interceptor', `${rpcContext} › create`, ['intercepted', 1], ['before', 1, 'after']),
  notes(
    'an interceptor of a stream',
    `${rpcContext} › create`,
    ['an intercepted stream', [1, 2]],
    ['before', 1, 2, 'after'],
  ),
  notes(
    'a filter, and what it answers runs',
    `${rpcProxy} › when callback throws an error`,
    ['filtered', 5],
    [{ caught: 'thrown', data: 5 }, 'answer of the filter'],
  ),
  notes(
    'a filter of a stream',
    `${rpcProxy} › should attach catch handler to stream`,
    ['a filtered stream', 5],
    [{ caught: 'streamed', data: 5 }, 'answer of the filter'],
  ),
]);

/** Starts a server whose hooks note the patterns that they are called for. */
async function hooked(bench: Bench): Promise<{ starts: string[]; ends: string[]; service: Service }> {
  const [starts, ends]: [string[], string[]] = [[], []];
  const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
  server.setOnProcessingStartHook((_, context, done) => {
    starts.push((context as ProtosocketContext).getPattern());
    void (done() as Promise<void> | undefined)?.catch(() => undefined);
  });
  server.setOnProcessingEndHook((_, context) => ends.push((context as ProtosocketContext).getPattern()));
  return { starts, ends, service: await bench.started(parts, { strategy: server }) };
}

/** A row that emits one event, and counts the calls of both hooks once a later request has been answered. */
const once = (behaviour: string, pattern: string, data: unknown = {}): Behaviour => ({
  behaviour,
  source: processing,
  available: isNest12,
  async test(bench) {
    const { starts, ends, service } = await hooked(bench);
    const client = service.client();
    client.emit(pattern, data);
    await eventually(() => ends.length >= 1);
    await all(client.send('after', {}));
    await eventually(() => ends.length >= 2);
    expect({ starts, ends }).toEqual({ starts: [pattern, 'after'], ends: [pattern, 'after'] });
  },
});

behaviours('processing hooks, each called once', [
  once('for an event that throws', 'throws'),
  once('for an event with a stream', 'an intercepted stream', [1, 2, 3]),
  once('for an event whose stream fails', 'fails as a stream'),
  once('for an event that a guard denies', 'denied'),
  once('for an event with several handlers', 'shared'),
  {
    behaviour: 'the end of an event waits for its handler',
    source: processing,
    async test(bench) {
      const { starts, ends, service } = await hooked(bench);
      service.client().emit('gated', {});
      const gate = service.app.get(Gate);
      await eventually(() => gate.waiting === 1);
      expect({ starts, ends }).toEqual({ starts: ['gated'], ends: [] });
      gate.open();
      await eventually(() => ends.length === 1);
    },
  },
  {
    behaviour: 'for requests at the same time, each its own',
    source: processing,
    async test(bench) {
      const { starts, ends, service } = await hooked(bench);
      const client = service.client();
      const replies = Promise.all(Array.from({ length: 20 }, (_, i) => all(client.send('gated request', i))));
      await eventually(() => starts.length === 20);
      expect(ends).toEqual([]);
      service.app.get(Gate).open();
      expect((await replies).flat()).toEqual(Array.from({ length: 20 }, (_, i) => i));
      await eventually(() => ends.length === 20);
    },
  },
  {
    behaviour: 'the end alone may be set',
    source: `${serverSpec} › setOnProcessingEndHook`,
    async test(bench) {
      const ends: string[] = [];
      const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
      server.setOnProcessingEndHook((_, context) => ends.push((context as ProtosocketContext).getPattern()));
      const service = await bench.started(parts, { strategy: server });
      expect(await all(service.client().send('after', {}))).toEqual(['after']);
      await eventually(() => ends.length === 1);
      expect(ends).toEqual(['after']);
    },
  },
  {
    behaviour: 'the start alone may be set',
    source: `${serverSpec} › setOnProcessingStartHook`,
    async test(bench) {
      const starts: string[] = [];
      const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
      server.setOnProcessingStartHook((_, context, done) => {
        starts.push((context as ProtosocketContext).getPattern());
        void done();
      });
      const service = await bench.started(parts, { strategy: server });
      expect(await all(service.client().send('after', {}))).toEqual(['after']);
      expect(starts).toEqual(['after']);
    },
  },
  {
    behaviour: 'a handler runs when the start hook lets it, and not before',
    source: 'packages/microservices/server/server.ts › setOnProcessingStartHook',
    async test(bench) {
      const waiting: (() => void)[] = [];
      const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
      server.setOnProcessingStartHook((_, __, done) => waiting.push(() => void done()));
      const service = await bench.started(parts, { strategy: server });
      service.client().emit('shared', {});
      const { entries } = service.app.get(Journal);
      await eventually(() => waiting.length === 1);
      expect(entries).toEqual([]);
      waiting[0]!();
      await eventually(() => entries.length === 2);
    },
  },
]);

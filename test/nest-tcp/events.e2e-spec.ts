import { expect } from '@jest/globals';
import { Controller, type ModuleMetadata } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { NoHandlerError } from 'nestjs-protosocket';
import { concatMap, from, lastValueFrom, map, type Observable, throwError } from 'rxjs';

import { logged } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { behaviours } from './support/behaviour.js';
import { type Service } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Gate, Journal } from './support/providers.js';
import { isNest12 } from './support/versions.js';

const listeners = 'packages/microservices/test/listeners-controller.spec.ts';
const addHandler = 'packages/microservices/test/server/server.spec.ts › addHandler';
const emits = 'packages/microservices/test/client/client-proxy.spec.ts › emit';
const handleEvent = 'packages/microservices/server/server.ts › handleEvent';

@Controller()
class EventsController {
  constructor(
    private readonly journal: Journal,
    private readonly gate: Gate,
  ) {}

  @EventPattern('single')
  single(@Payload() data: unknown): void {
    this.journal.note(data);
  }

  @EventPattern({ event: 'created', of: 'order' })
  object(data: unknown): void {
    this.journal.note(data);
  }

  @EventPattern(['one', 'other'])
  several(data: unknown): void {
    this.journal.note(data);
  }

  @EventPattern('shared')
  first(data: unknown): string {
    this.journal.note(`first ${String(data)}`);
    return 'of the first';
  }

  @EventPattern('shared')
  async second(data: unknown): Promise<string> {
    await Promise.resolve();
    this.journal.note(`second ${String(data)}`);
    return 'of the second';
  }

  @EventPattern('stream')
  stream(data: number[]): Observable<unknown> {
    return from(data).pipe(map((item) => this.journal.note(item)));
  }

  @EventPattern('gated')
  async gated(data: unknown): Promise<void> {
    await this.gate.pass();
    this.journal.note(data);
  }

  @EventPattern('fails')
  fails(_: unknown): void {
    throw new Error('event handler failed');
  }

  @EventPattern('refuses')
  refuses(_: unknown): void {
    throw new RpcException('event refused');
  }

  @EventPattern('one of two fails')
  oneFails(_: unknown): void {
    throw new Error('one failed');
  }

  @EventPattern('one of two fails')
  otherWorks(data: unknown): void {
    this.journal.note(data);
  }

  @EventPattern('stream fails')
  streamFails(_: unknown): Observable<unknown> {
    return from([1, 2]).pipe(
      concatMap((n) => (n < 2 ? [this.journal.note(n)] : throwError(() => new Error('stream of an event failed')))),
    );
  }

  @MessagePattern('message, then event')
  messageFirst(data: unknown): string {
    this.journal.note(`message ${String(data)}`);
    return 'of the message';
  }

  @EventPattern('message, then event')
  eventSecond(data: unknown): void {
    this.journal.note(`event ${String(data)}`);
  }

  @EventPattern('event, then message')
  eventFirst(data: unknown): void {
    this.journal.note(`event ${String(data)}`);
  }

  @MessagePattern('event, then message')
  messageSecond(data: unknown): string {
    this.journal.note(`message ${String(data)}`);
    return 'of the message';
  }

  @MessagePattern('marker')
  marker(): string {
    return 'here';
  }
}

@Controller()
class OtherController {
  constructor(private readonly journal: Journal) {}

  @EventPattern('shared')
  third(data: unknown): void {
    this.journal.note(`third ${String(data)}`);
  }
}

const parts: ModuleMetadata = { controllers: [EventsController, OtherController], providers: [Journal, Gate] };

/** Waits until as many entries are there as are `expected`, and compares them, whatever their order. */
async function expectNoted(service: Service, expected: unknown[]): Promise<void> {
  const { entries } = service.app.get(Journal);
  await eventually(() => entries.length >= expected.length);
  expect([...entries].sort()).toEqual([...expected].sort());
}

behaviours('events', [
  {
    behaviour: 'an event reaches its handler',
    source: 'integration/microservices/e2e/sum-rpc.spec.ts › /POST (event notification)',
    async test(bench) {
      const service = await bench.service(parts);
      service.client().emit('single', { a: 1 });
      const { entries } = service.app.get(Journal);
      await eventually(() => entries.length === 1);
      expect(entries).toEqual([{ a: 1 }]);
    },
  },
  {
    behaviour: 'an event of an object pattern, its keys in another order',
    source: 'packages/microservices/test/utils/transform-pattern.utils.spec.ts',
    async test(bench) {
      const service = await bench.service(parts);
      service.client().emit({ of: 'order', event: 'created' }, 5);
      await expectNoted(service, [5]);
    },
  },
  {
    behaviour: 'a handler of several events',
    source: 'packages/microservices/test/decorators/event-pattern.decorator.spec.ts',
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      client.emit('one', 1);
      client.emit('other', 2);
      await expectNoted(service, [1, 2]);
    },
  },
  {
    behaviour: 'emit sends at once, subscribed to or not',
    source: `${emits} › should call "connect" immediately`,
    async test(bench) {
      const service = await bench.service(parts);
      service.client().emit('single', 'unasked');
      await expectNoted(service, ['unasked']);
    },
  },
  {
    behaviour: 'emit sends once, however many subscribe',
    source: `${emits} › should call "dispatchEvent"`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const emitted = client.emit('single', 1);
      await Promise.all([all(emitted), all(emitted), all(emitted)]);
      await all(client.emit('single', 2));
      await expectNoted(service, [1, 2]);
    },
  },
  {
    behaviour: 'emit gives undefined and completes',
    source: emits,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().emit('single', 1))).toEqual([undefined]);
      await expectNoted(service, [1]);
    },
  },
  {
    behaviour: 'who subscribes later still sees it complete',
    source: emits,
    async test(bench) {
      const service = await bench.service(parts);
      const emitted = service.client().emit('single', 1);
      await expectNoted(service, [1]);
      await lastValueFrom(emitted, { defaultValue: 'none' });
    },
  },
  {
    behaviour: 'emit does not wait for the handler',
    source: handleEvent,
    async test(bench) {
      const service = await bench.service(parts);
      await all(service.client().emit('gated', 1));
      const { entries } = service.app.get(Journal);
      expect(entries).toEqual([]);
      service.app.get(Gate).open();
      await expectNoted(service, [1]);
    },
  },
  {
    behaviour: 'a hundred events come in the order in which they were emitted',
    source: handleEvent,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const numbers = Array.from({ length: 100 }, (_, i) => i);
      for (const n of numbers) client.emit('single', n);
      const { entries } = service.app.get(Journal);
      await eventually(() => entries.length === 100);
      expect(entries).toEqual(numbers);
    },
  },
  {
    behaviour: 'every handler of an event gets it, whichever controller it is in',
    source: `${listeners} › forkJoinHandlersIfAttached`,
    async test(bench) {
      const service = await bench.service(parts);
      service.client().emit('shared', 1);
      await expectNoted(service, ['first 1', 'second 1', 'third 1']);
    },
  },
  {
    behaviour: 'a handler that fails does not keep the others from it',
    source: `${listeners} › forkJoinHandlersIfAttached`,
    async test(bench) {
      const service = await bench.service(parts);
      service.client().emit('one of two fails', 1);
      await expectNoted(service, [1]);
      await eventually(() => logged.some((line) => line.includes('one failed')));
    },
  },
  {
    behaviour: 'a stream that a handler returns is run to its end',
    source: handleEvent,
    async test(bench) {
      const service = await bench.service(parts);
      service.client().emit('stream', [1, 2, 3]);
      await expectNoted(service, [1, 2, 3]);
    },
  },
  {
    behaviour: 'an error of a handler is logged, and the client not told',
    source: 'packages/microservices/exceptions/base-rpc-exception-filter.ts › handleUnknownError',
    async test(bench) {
      const service = await bench.service(parts);
      await all(service.client().emit('fails', 1));
      await eventually(() => logged.some((line) => line.includes('event handler failed')));
    },
  },
  {
    behaviour: 'an RpcException of a handler is logged as well',
    source: `${listeners} › reporting unhandled errors`,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(parts);
      await all(service.client().emit('refuses', 1));
      await eventually(() => logged.some((line) => line.includes('event refused')));
    },
  },
  {
    behaviour: 'a stream of a handler that fails is logged, and the client not told',
    source: handleEvent,
    async test(bench) {
      const service = await bench.service(parts);
      await all(service.client().emit('stream fails', 1));
      await eventually(() => logged.some((line) => line.includes('stream of an event failed')));
      await expectNoted(service, [1]);
    },
  },
  {
    behaviour: 'the server goes on after a handler that failed',
    source: handleEvent,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      client.emit('fails', 1);
      client.emit('refuses', 1);
      client.emit('single', 2);
      expect(await all(client.send('marker', {}))).toEqual(['here']);
      await expectNoted(service, [2]);
    },
  },
  {
    behaviour: 'an event that nobody handles is logged, and the client not told',
    source: handleEvent,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().emit('nobody', 1))).toEqual([undefined]);
      await eventually(() => logged.some((line) => line.includes('no matching event handler')));
    },
    ours: {
      instead: 'it fails with a NoHandlerError, and is logged',
      because: 'emit waits until the server has taken the event, and here it has not',
      async test(bench) {
        const service = await bench.service(parts);
        expect(await failureOf(service.client().emit('nobody', 1))).toBeInstanceOf(NoHandlerError);
        expect(logged.join()).toContain('no matching event handler');
      },
    },
  },
]);

behaviours('events and messages of one pattern', [
  {
    behaviour: 'a message handler, and then an event handler: the message handler gets the messages',
    source: addHandler,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().send('message, then event', 1))).toEqual(['of the message']);
      await expectNoted(service, ['message 1']);
    },
  },
  {
    behaviour: 'a message handler, and then an event handler: it gets the events too',
    source: addHandler,
    async test(bench) {
      const service = await bench.service(parts);
      await all(service.client().emit('message, then event', 2));
      await expectNoted(service, ['message 2']);
    },
  },
  {
    behaviour: 'an event handler, and then a message handler: the message handler takes its place',
    source: addHandler,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      expect(await all(client.send('event, then message', 1))).toEqual(['of the message']);
      await all(client.emit('event, then message', 2));
      await expectNoted(service, ['message 1', 'message 2']);
    },
  },
  {
    behaviour: 'an event handler answers a message',
    source: 'packages/microservices/server/server-tcp.ts › handleMessage',
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().send('single', 1))).toEqual([]);
      await expectNoted(service, [1]);
    },
  },
  {
    behaviour: 'several event handlers answer a message together',
    source: `${listeners} › forkJoinHandlersIfAttached`,
    async test(bench) {
      const service = await bench.service({ ...parts, controllers: [EventsController] });
      const reply = await all(service.client().send('shared', 1));
      expect(reply).toEqual([{ current: 'of the first', next: 'of the second' }]);
    },
  },
  {
    behaviour: 'a message handler takes an event',
    source: handleEvent,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().emit('marker', {}))).toEqual([undefined]);
    },
  },
]);

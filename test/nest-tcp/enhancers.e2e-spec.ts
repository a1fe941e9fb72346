import { expect } from '@jest/globals';
import {
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  ParseIntPipe,
  type PipeTransform,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  catchError,
  defer,
  delay,
  from,
  map,
  NEVER,
  type Observable,
  of,
  tap,
  throwError,
  timeout,
  TimeoutError,
} from 'rxjs';

import { type Behaviour, behaviours } from './support/behaviour.js';
import { type Bench, type GatewayOptions, ownPort } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Journal } from './support/providers.js';
import { isNest12 } from './support/versions.js';

const rpcContext = 'packages/microservices/test/context/rpc-context-creator.spec.ts';
const globals = 'integration/microservices/e2e/global-config-applied.spec.ts';
const hybrid = 'packages/core/nest-application.ts › connectMicroservice';
const hooks = 'packages/microservices/test/nest-microservice.spec.ts › useGlobalPreRequestHooks';

const forbidden = { status: 'error', message: 'Forbidden resource' };

const guard = (allows: boolean | Promise<boolean> | Observable<boolean>): CanActivate => ({
  canActivate: () => allows,
});

@Injectable()
class RolesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly journal: Journal,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const rpc = context.switchToRpc();
    const { role } = rpc.getData<{ role: string }>();
    const call: { getPattern(): string } = rpc.getContext();
    this.journal.note({
      type: context.getType(),
      of: `${context.getClass().name}.${context.getHandler().name}`,
      pattern: call.getPattern(),
    });
    return role === this.reflector.get<string>('role', context.getHandler());
  }
}

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new RpcException({ code: 'NO_TOKEN' });
  }
}

interface Order {
  readonly count: number;
}

/** In the way of a ValidationPipe whose exceptionFactory makes RpcExceptions. */
class OrderPipe implements PipeTransform<Partial<Order>, Order> {
  transform(value: Partial<Order>, { metatype }: ArgumentMetadata): Order {
    if (typeof value.count !== 'number') {
      throw new RpcException({ statusCode: 400, message: ['count must be a number'], type: metatype?.name });
    }
    return { count: value.count };
  }
}

class NotingPipe implements PipeTransform {
  constructor(private readonly journal: Journal) {}

  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    this.journal.note(`pipe ${type}`);
    return value;
  }
}

const interceptor = (intercept: (next: CallHandler) => Observable<unknown>): NestInterceptor => ({
  intercept: (_, next) => intercept(next),
});

const wrap = (name: string): NestInterceptor => interceptor((next) => next.handle().pipe(map((x) => `${name}(${x})`)));

@Controller()
class GuardedController {
  @MessagePattern('allowed')
  @UseGuards(guard(true), guard(Promise.resolve(true)), guard(of(true)))
  allowed(): string {
    return 'in';
  }

  @MessagePattern('denied')
  @UseGuards(guard(false))
  denied(): string {
    return 'in';
  }

  @MessagePattern('denied later')
  @UseGuards(guard(Promise.resolve(false)))
  deniedLater(): string {
    return 'in';
  }

  @MessagePattern('denied by an Observable')
  @UseGuards(guard(of(false)))
  deniedByObservable(): string {
    return 'in';
  }

  @MessagePattern('refused')
  @UseGuards(RefusingGuard)
  refused(): string {
    return 'in';
  }

  @MessagePattern('roles')
  @SetMetadata('role', 'admin')
  @UseGuards(RolesGuard)
  roles(): string {
    return 'in';
  }
}

@Controller()
class PipedController {
  @MessagePattern('validated')
  validated(@Payload(OrderPipe) order: Order): Order {
    return order;
  }

  @MessagePattern('validated by the method')
  @UsePipes(OrderPipe)
  validatedByMethod(@Payload() order: Order): Order {
    return order;
  }

  @MessagePattern('parsed')
  parsed(@Payload('id', ParseIntPipe) id: number): unknown {
    return { id };
  }
}

@Controller()
class InterceptedController {
  @MessagePattern('mapped')
  @UseInterceptors(wrap('outer'), wrap('inner'))
  mapped(): string {
    return 'x';
  }

  @MessagePattern('mapped stream')
  @UseInterceptors(wrap('each'))
  mappedStream(): Observable<string> {
    return from(['a', 'b']);
  }

  @MessagePattern('delayed')
  @UseInterceptors(interceptor((next) => next.handle().pipe(delay(5))))
  delayed(): string {
    return 'x';
  }

  @MessagePattern('throwing')
  @UseInterceptors(interceptor(() => throwError(() => new RpcException('by the interceptor'))))
  throwing(): string {
    return 'x';
  }

  @MessagePattern('translated')
  @UseInterceptors(
    interceptor((next) => next.handle().pipe(catchError((e: Error) => throwError(() => new RpcException(e.message))))),
  )
  translated(): never {
    throw new Error('translated');
  }

  @MessagePattern('cached')
  @UseInterceptors(interceptor(() => of('from the cache')))
  cached(): never {
    throw new Error('never called');
  }

  @MessagePattern('timed out')
  @UseInterceptors(
    interceptor((next) =>
      next.handle().pipe(
        timeout(5),
        catchError((error: unknown) =>
          throwError(() => (error instanceof TimeoutError ? new RpcException({ code: 'TOO_SLOW' }) : error)),
        ),
      ),
    ),
  )
  timedOut(): Observable<never> {
    return NEVER;
  }
}

const noting =
  (name: string) =>
  (journal: Journal): { canActivate(): boolean } & NestInterceptor & PipeTransform => ({
    canActivate: () => {
      journal.note(`${name} guard`);
      return true;
    },
    intercept: (_, next) =>
      defer(() => {
        journal.note(`${name} before`);
        return next.handle().pipe(tap(() => journal.note(`${name} after`)));
      }),
    transform: (value: unknown) => {
      journal.note(`${name} pipe`);
      return value;
    },
  });

@Injectable()
class HandlerEnhancer implements CanActivate, NestInterceptor, PipeTransform {
  private readonly noting: ReturnType<ReturnType<typeof noting>>;

  constructor(journal: Journal) {
    this.noting = noting('handler')(journal);
  }

  canActivate(): boolean {
    return this.noting.canActivate();
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return this.noting.intercept(context, next) as Observable<unknown>;
  }

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    return this.noting.transform(value, metadata);
  }
}

@Catch()
class NotingFilter implements ExceptionFilter {
  constructor(private readonly journal: Journal) {}

  catch(error: unknown): Observable<never> {
    this.journal.note('filter');
    return throwError(() => error);
  }
}

@Controller()
@UseFilters(NotingFilter)
class OrderedController {
  constructor(private readonly journal: Journal) {}

  @MessagePattern('ordered')
  @UseGuards(HandlerEnhancer)
  @UseInterceptors(HandlerEnhancer)
  @UsePipes(HandlerEnhancer)
  ordered(@Payload() data: unknown): unknown {
    this.journal.note('called');
    if (data === 'fail') throw new RpcException('failed');
    return data;
  }

  @MessagePattern('plain')
  plain(@Payload() data: unknown): unknown {
    this.journal.note('called');
    return data;
  }
}

const parts: ModuleMetadata = {
  controllers: [GuardedController, PipedController, InterceptedController, OrderedController],
  providers: [Journal],
};

const answers = (
  behaviour: string,
  source: string,
  [pattern, data]: [string, unknown],
  expected: unknown[],
): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service(parts);
    expect(await all(service.client().send(pattern, data))).toEqual(expected);
  },
});

const fails = (
  behaviour: string,
  source: string,
  [pattern, data]: [string, unknown],
  expected: unknown,
): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service(parts);
    expect(await failureOf(service.client().send(pattern, data))).toEqual(expected);
  },
});

behaviours('guards', [
  answers(
    'that allow: at once, by a promise, by an Observable',
    `${rpcContext} › createGuardsFn`,
    ['allowed', {}],
    ['in'],
  ),
  fails('that deny', `${rpcContext} › createGuardsFn › should throw exception`, ['denied', {}], forbidden),
  fails('that deny by a promise', `${rpcContext} › createGuardsFn`, ['denied later', {}], forbidden),
  fails('that deny by an Observable', `${rpcContext} › createGuardsFn`, ['denied by an Observable', {}], forbidden),
  fails('that throw', `${rpcContext} › createGuardsFn`, ['refused', {}], { code: 'NO_TOKEN' }),
  {
    behaviour: 'that look at the call and at the metadata of its handler',
    source: `${rpcContext} › createGuardsFn`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      expect(await all(client.send('roles', { role: 'admin' }))).toEqual(['in']);
      expect(await failureOf(client.send('roles', { role: 'guest' }))).toEqual(forbidden);
      const seen = { type: 'rpc', of: 'GuardedController.roles', pattern: 'roles' };
      expect(service.app.get(Journal).entries).toEqual([seen, seen]);
    },
  },
]);

behaviours('pipes', [
  answers('that transform', `${rpcContext} › createPipesFn`, ['validated', { count: 1, more: 2 }], [{ count: 1 }]),
  fails('that refuse', `${rpcContext} › createPipesFn`, ['validated', {}], {
    statusCode: 400,
    message: ['count must be a number'],
    type: 'Object',
  }),
  answers('of a method', `${rpcContext} › getParamValue`, ['validated by the method', { count: 1 }], [{ count: 1 }]),
  answers('of a property', `${rpcContext} › getParamValue`, ['parsed', { id: '12' }], [{ id: 12 }]),
  fails(
    'that throw an HttpException, which is unknown here',
    `${rpcContext} › getParamValue`,
    ['parsed', { id: 'x' }],
    {
      status: 'error',
      message: 'Internal server error',
    },
  ),
]);

behaviours('interceptors', [
  answers('that map, the first around the others', rpcContext, ['mapped', {}], ['outer(inner(x))']),
  answers('that map every item of a stream', rpcContext, ['mapped stream', {}], ['each(a)', 'each(b)']),
  answers('that delay', rpcContext, ['delayed', {}], ['x']),
  fails('that throw', rpcContext, ['throwing', {}], { status: 'error', message: 'by the interceptor' }),
  fails('that translate an error', rpcContext, ['translated', {}], { status: 'error', message: 'translated' }),
  answers('that answer without the handler', rpcContext, ['cached', {}], ['from the cache']),
  fails('that time out', rpcContext, ['timed out', {}], { code: 'TOO_SLOW' }),
  {
    behaviour: 'guards, interceptors, pipes and filters take their turns',
    source: `${rpcContext} › create`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const { entries } = service.app.get(Journal);
      await all(client.send('ordered', 'work'));
      expect(entries.splice(0)).toEqual(['handler guard', 'handler before', 'handler pipe', 'called', 'handler after']);
      await failureOf(client.send('ordered', 'fail'));
      expect(entries).toEqual(['handler guard', 'handler before', 'handler pipe', 'called', 'filter']);
    },
  },
]);

/** What is noted of one call to the microservice of a gateway. */
async function notedOf(
  bench: Bench,
  options: (enhancer: ReturnType<ReturnType<typeof noting>>) => Omit<GatewayOptions, 'server'>,
): Promise<unknown[]> {
  const port = await ownPort();
  const journal = new Journal();
  const metadata = { ...parts, providers: [{ provide: Journal, useValue: journal }] };
  await bench.gateway(metadata, { server: { port }, ...options(noting('global')(journal)) });
  const client = bench.client({ host: '127.0.0.1', port });
  expect(await all(client.send('plain', 1))).toEqual([1]);
  return journal.entries;
}

const globalNotes = ['global guard', 'global before', 'global pipe', 'called', 'global after'];

behaviours('global enhancers', [
  {
    behaviour: 'of a microservice go before those of a handler',
    source: `${rpcContext} › create`,
    async test(bench) {
      const journal = new Journal();
      const enhancer = noting('global')(journal);
      const service = await bench.service(
        { ...parts, providers: [{ provide: Journal, useValue: journal }] },
        {},
        (app) => app.useGlobalGuards(enhancer).useGlobalInterceptors(enhancer).useGlobalPipes(enhancer),
      );
      await all(service.client().send('ordered', 1));
      expect(journal.entries).toEqual([
        ...['global guard', 'handler guard', 'global before', 'handler before', 'global pipe', 'handler pipe'],
        ...['called', 'handler after', 'global after'],
      ]);
    },
  },
  {
    behaviour: 'by APP_GUARD, APP_INTERCEPTOR and APP_PIPE',
    source: 'integration/scopes/e2e/transient-global-enhancers.spec.ts',
    async test(bench) {
      const service = await bench.service({
        ...parts,
        providers: [
          Journal,
          { provide: APP_GUARD, inject: [Journal], useFactory: noting('app') },
          { provide: APP_INTERCEPTOR, inject: [Journal], useFactory: noting('app') },
          { provide: APP_PIPE, inject: [Journal], useFactory: (journal: Journal) => new NotingPipe(journal) },
        ],
      });
      await all(service.client().send('plain', 1));
      const { entries } = service.app.get(Journal);
      expect(entries).toEqual(['app guard', 'app before', 'pipe body', 'called', 'app after']);
    },
  },
  {
    behaviour: 'of a connected microservice',
    source: `${globals} › Guard called, Interceptor called, Pipe called`,
    async test(bench) {
      const noted = await notedOf(bench, (enhancer) => ({
        hybrid: { deferInitialization: true },
        connected: (app) => app.useGlobalGuards(enhancer).useGlobalInterceptors(enhancer).useGlobalPipes(enhancer),
      }));
      expect(noted).toEqual(globalNotes);
    },
  },
  {
    behaviour: 'of the HTTP application are not those of its microservice',
    source: hybrid,
    async test(bench) {
      const noted = await notedOf(bench, (enhancer) => ({
        setUp: (app) => app.useGlobalGuards(enhancer).useGlobalInterceptors(enhancer).useGlobalPipes(enhancer),
      }));
      expect(noted).toEqual(['called']);
    },
  },
  {
    behaviour: 'of the HTTP application, with inheritAppConfig, are',
    source: hybrid,
    async test(bench) {
      const noted = await notedOf(bench, (enhancer) => ({
        hybrid: { inheritAppConfig: true },
        setUp: (app) => app.useGlobalGuards(enhancer).useGlobalInterceptors(enhancer).useGlobalPipes(enhancer),
      }));
      expect(noted).toEqual(globalNotes);
    },
  },
]);

/** Nest 11 does not have it. */
interface WithHooks {
  registerPreRequestHook(
    ...hooks: ((context: ExecutionContext, next: () => Observable<unknown>) => Observable<unknown>)[]
  ): void;
}

behaviours('pre-request hooks', [
  {
    behaviour: 'run around all else, in their order',
    source: hooks,
    available: isNest12,
    async test(bench) {
      const journal = new Journal();
      const hook =
        (name: string) =>
        (context: ExecutionContext, next: () => Observable<unknown>): Observable<unknown> => {
          journal.note(`${name} ${context.getType()} ${context.getHandler().name}`);
          return next().pipe(tap(() => journal.note(`${name} after`)));
        };
      const metadata = { ...parts, providers: [{ provide: Journal, useValue: journal }] };
      const service = await bench.service(metadata, {}, (app) =>
        (app as unknown as WithHooks).registerPreRequestHook(hook('one'), hook('two')),
      );
      expect(await all(service.client().send('ordered', 1))).toEqual([1]);
      expect(journal.entries).toEqual([
        ...['one rpc ordered', 'two rpc ordered', 'handler guard', 'handler before', 'handler pipe', 'called'],
        ...['handler after', 'two after', 'one after'],
      ]);
    },
  },
  {
    behaviour: 'carry an AsyncLocalStorage to the handler, each call its own',
    source: hooks,
    available: isNest12,
    async test(bench) {
      const storage = new AsyncLocalStorage<number>();

      @Controller()
      class StoredController {
        @MessagePattern('stored')
        async stored(): Promise<number | undefined> {
          await Promise.resolve();
          return storage.getStore();
        }
      }

      const service = await bench.service({ controllers: [StoredController] }, {}, (app) =>
        (app as unknown as WithHooks).registerPreRequestHook((context, next) => {
          storage.enterWith(context.switchToRpc().getData<number>());
          return next();
        }),
      );
      const client = service.client();
      const numbers = Array.from({ length: 10 }, (_, i) => i);
      expect(await Promise.all(numbers.map((n) => all(client.send('stored', n))))).toEqual(numbers.map((n) => [n]));
    },
  },
  {
    behaviour: 'may answer themselves, or fail',
    source: hooks,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(parts, {}, (app) =>
        (app as unknown as WithHooks).registerPreRequestHook((context, next) => {
          const data = context.switchToRpc().getData<unknown>();
          if (data === 'answer') return of('by the hook');
          return data === 'fail' ? throwError(() => new RpcException('by the hook')) : next();
        }),
      );
      const client = service.client();
      expect(await all(client.send('plain', 'answer'))).toEqual(['by the hook']);
      expect(await failureOf(client.send('allowed', 'fail'))).toEqual({ status: 'error', message: 'by the hook' });
      expect(await all(client.send('plain', 'go on'))).toEqual(['go on']);
    },
  },
  {
    behaviour: 'run for a stream as well',
    source: hooks,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(parts, {}, (app) =>
        (app as unknown as WithHooks).registerPreRequestHook((_, next) =>
          next().pipe(map((item) => `hook(${String(item)})`)),
        ),
      );
      expect(await all(service.client().send('mapped stream', {}))).toEqual(['hook(each(a))', 'hook(each(b))']);
    },
  },
]);

import { expect } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { type ContextId, ContextIdFactory, type ContextIdStrategy, INQUIRER, REQUEST } from '@nestjs/core';
import {
  type BaseRpcContext,
  Client,
  ClientProxy,
  CONTEXT,
  EventPattern,
  MessagePattern,
  type RequestContext,
  RpcException,
} from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';

import { eventually } from '../support/eventually.js';
import { behaviours } from './support/behaviour.js';
import { ownPort } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Journal } from './support/providers.js';

const requestScope = 'integration/scopes/e2e/msvc-request-scope.spec.ts';
const createRequestScopedHandler =
  'packages/microservices/test/listeners-controller.spec.ts › createRequestScopedHandler';
const contextHost = 'packages/microservices/test/context/request-context-host.spec.ts';
const durable = 'integration/scopes/e2e/durable-providers.spec.ts';
const transient = 'integration/scopes/e2e/transient-scope.spec.ts';

/** One per application, although what asks for it is made for every call. */
@Injectable()
class Static {
  constructor(journal: Journal) {
    journal.note('static');
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequest {
  private static count = 0;
  readonly number = ++OfRequest.count;

  constructor(
    @Inject(REQUEST) readonly request: RequestContext<unknown, BaseRpcContext>,
    journal: Journal,
  ) {
    journal.note('provider');
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequestGuard implements CanActivate {
  constructor(
    private readonly ofRequest: OfRequest,
    private readonly journal: Journal,
  ) {
    journal.note('guard');
  }

  canActivate(context: ExecutionContext): boolean {
    const isOfThisCall = this.ofRequest.request.getData() === context.switchToRpc().getData();
    this.journal.note(`guard of this call: ${isOfThisCall}`);
    return true;
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequestInterceptor implements NestInterceptor {
  constructor(
    @Inject(REQUEST) private readonly request: RequestContext,
    private readonly journal: Journal,
  ) {
    journal.note('interceptor');
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const isOfThisCall = this.request.getData() === context.switchToRpc().getData();
    this.journal.note(`interceptor of this call: ${isOfThisCall}`);
    return next.handle();
  }
}

@Controller({ scope: Scope.REQUEST })
class ScopedController {
  constructor(
    private readonly ofRequest: OfRequest,
    _: Static,
    private readonly journal: Journal,
  ) {
    journal.note('controller');
  }

  @MessagePattern('test')
  @UseGuards(OfRequestGuard)
  @UseInterceptors(OfRequestInterceptor)
  test(): string {
    return 'tested';
  }

  @MessagePattern({ cmd: 'request' })
  request(data: unknown): unknown {
    const { request } = this.ofRequest;
    return {
      pattern: request.getPattern(),
      data: request.getData() === data,
      context: request.getContext().getArgByIndex(1) as string,
    };
  }

  @MessagePattern('number')
  async number(): Promise<number> {
    await Promise.resolve();
    return this.ofRequest.number;
  }

  @EventPattern('shared')
  first(data: unknown): void {
    this.journal.note({ of: 'first', number: this.ofRequest.number, data });
  }

  @EventPattern('shared')
  second(data: unknown): void {
    this.journal.note({ of: 'second', number: this.ofRequest.number, data });
  }

  @MessagePattern('throws')
  throws(): never {
    throw new RpcException('scoped');
  }
}

/** A handler of the same event that is not made for every call. */
@Controller()
class StaticController {
  constructor(private readonly journal: Journal) {}

  @EventPattern('shared')
  third(data: unknown): void {
    this.journal.note({ of: 'static', data });
  }
}

@Injectable({ scope: Scope.REQUEST })
class Unmakeable {
  constructor() {
    throw new Error('cannot be made');
  }
}

@Catch()
class UnmakeableFilter implements ExceptionFilter {
  catch(error: Error): Observable<never> {
    return throwError(() => ({ code: 'UNMAKEABLE', message: error.message }));
  }
}

@Controller()
class UnmakeableController {
  constructor(_: Unmakeable) {}

  @MessagePattern('unmakeable')
  unmakeable(): void {
    return undefined;
  }

  @MessagePattern('unmakeable, filtered')
  @UseFilters(UnmakeableFilter)
  filtered(): void {
    return undefined;
  }
}

@Injectable()
class FilteredContext {
  constructor(@Inject(CONTEXT) readonly request: RequestContext) {}
}

@Controller()
class ContextController {
  constructor(private readonly context: FilteredContext) {}

  @MessagePattern('context token')
  contextToken(): unknown {
    return this.context.request.getData();
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  private static count = 0;
  readonly number = ++Transient.count;

  constructor(@Inject(INQUIRER) readonly inquirer: object) {}
}

@Injectable()
class OtherUser {
  constructor(readonly transient: Transient) {}
}

@Controller()
class TransientController {
  constructor(
    private readonly transient: Transient,
    private readonly other: OtherUser,
  ) {}

  @MessagePattern('transient')
  numbers(): unknown {
    return {
      own: this.transient.number,
      ofOther: this.other.transient.number,
      inquirers: [this.transient, this.other.transient].map(({ inquirer }) => inquirer.constructor.name),
    };
  }
}

interface Tenant {
  readonly tenant: string;
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class OfTenant {
  calls = 0;

  constructor(@Inject(REQUEST) readonly payload: Tenant) {}
}

@Controller()
class TenantController {
  constructor(private readonly ofTenant: OfTenant) {}

  @MessagePattern('of tenant')
  call(): unknown {
    return { ...this.ofTenant.payload, calls: ++this.ofTenant.calls };
  }
}

/** One tree of providers per tenant, which is told by the data of the call. */
class TenantStrategy implements ContextIdStrategy<RequestContext<Tenant>> {
  private readonly ids = new Map<string, ContextId>();

  attach(contextId: ContextId, request: RequestContext<Tenant>): ReturnType<ContextIdStrategy['attach']> {
    const { tenant } = request.getData();
    const ofTenant = this.ids.get(tenant) ?? ContextIdFactory.create();
    this.ids.set(tenant, ofTenant);
    return { resolve: ({ isTreeDurable }) => (isTreeDurable ? ofTenant : contextId), payload: { tenant } };
  }
}

const parts: ModuleMetadata = { controllers: [ScopedController], providers: [Journal, Static, OfRequest] };
const count = (entries: unknown[], entry: unknown): number => entries.filter((each) => each === entry).length;

behaviours('request-scoped providers', [
  {
    behaviour: 'a controller, a provider, a guard and an interceptor of its own for every call of a gateway',
    source: `${requestScope} › when one service is request scoped`,
    async test(bench) {
      const port = await ownPort();
      const provider = bench.transport.clientProvider({ host: '127.0.0.1', port });

      @Controller()
      class HttpController {
        @Client(provider)
        readonly client!: ClientProxy;

        @Get('hello')
        hello(): Observable<unknown> {
          return this.client.send('test', {});
        }
      }

      const controllers = [HttpController, ScopedController];
      const gateway = await bench.gateway({ ...parts, controllers }, { server: { port } });
      const url = await gateway.app.getUrl();
      for (let i = 0; i < 3; i++) expect(await (await fetch(`${url}/hello`)).text()).toBe('tested');
      const { entries } = gateway.app.get(Journal);
      for (const each of ['controller', 'provider', 'guard', 'interceptor']) expect(count(entries, each)).toBe(3);
      expect(count(entries, 'static')).toBe(1);
      expect(count(entries, 'guard of this call: true')).toBe(3);
      expect(count(entries, 'interceptor of this call: true')).toBe(3);
    },
  },
  {
    behaviour: 'REQUEST is the pattern, the data and the context of the call',
    source: contextHost,
    async test(bench) {
      const service = await bench.service(parts);
      const [request] = await all(service.client().send({ cmd: 'request' }, { a: 1 }));
      expect(request).toEqual({ pattern: { cmd: 'request' }, data: true, context: '{"cmd":"request"}' });
    },
  },
  {
    behaviour: 'CONTEXT is another name for it',
    source: 'packages/microservices/tokens.ts',
    async test(bench) {
      const service = await bench.service({ controllers: [ContextController], providers: [FilteredContext] });
      expect(await all(service.client().send('context token', { a: 1 }))).toEqual([{ a: 1 }]);
    },
  },
  {
    behaviour: 'calls at the same time have each their own',
    source: requestScope,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const replies = await Promise.all(Array.from({ length: 20 }, () => all(client.send('number', {}))));
      expect(new Set(replies.flat()).size).toBe(20);
    },
  },
  {
    behaviour: 'all handlers of an event share those of the event',
    source: `${createRequestScopedHandler} › should pass all arguments to the proxy chain`,
    async test(bench) {
      const service = await bench.service({ ...parts, controllers: [ScopedController, StaticController] });
      service.client().emit('shared', 5);
      const { entries } = service.app.get(Journal);
      const handled = (): { of: string; number?: number; data: unknown }[] =>
        entries.filter((entry): entry is { of: string; number?: number; data: unknown } => typeof entry === 'object');
      await eventually(() => handled().length === 3);
      expect(new Set(handled().map(({ of }) => of))).toEqual(new Set(['first', 'second', 'static']));
      expect(handled().every(({ data }) => data === 5)).toBe(true);
      expect(new Set(handled().flatMap(({ number }) => number ?? [])).size).toBe(1);
    },
  },
  {
    behaviour: 'an error of a scoped handler',
    source: createRequestScopedHandler,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await failureOf(service.client().send('throws', {}))).toEqual({ status: 'error', message: 'scoped' });
    },
  },
  {
    behaviour: 'a provider that cannot be made fails the call',
    source: `${createRequestScopedHandler} › when "loadPerContext" throws`,
    async test(bench) {
      const service = await bench.service({ controllers: [UnmakeableController], providers: [Unmakeable] });
      const client = service.client();
      const unknown = { status: 'error', message: 'Internal server error' };
      expect(await failureOf(client.send('unmakeable', {}))).toEqual(unknown);
      expect(await failureOf(client.send('unmakeable, filtered', {}))).toEqual({
        code: 'UNMAKEABLE',
        message: 'cannot be made',
      });
    },
  },
]);

behaviours('durable and transient providers', [
  {
    behaviour: 'a durable provider is shared by the calls of a tenant, and by no others',
    source: `${durable} › should share durable providers per tenant`,
    async test(bench) {
      const { strategy } = ContextIdFactory as unknown as { strategy: ContextIdStrategy };
      ContextIdFactory.apply(new TenantStrategy());
      bench.later(() => ContextIdFactory.apply(strategy));
      const service = await bench.service({ controllers: [TenantController], providers: [OfTenant] });
      const client = service.client();
      const call = async (tenant: string): Promise<unknown> => (await all(client.send('of tenant', { tenant })))[0];
      expect(await call('a')).toEqual({ tenant: 'a', calls: 1 });
      expect(await call('a')).toEqual({ tenant: 'a', calls: 2 });
      expect(await call('b')).toEqual({ tenant: 'b', calls: 1 });
      expect(await call('a')).toEqual({ tenant: 'a', calls: 3 });
    },
  },
  {
    behaviour: 'a transient provider is one for each that asks for it, and stays',
    source: transient,
    async test(bench) {
      const service = await bench.service({ controllers: [TransientController], providers: [Transient, OtherUser] });
      const client = service.client();
      const [first] = await all(client.send<{ own: number; ofOther: number }>('transient', {}));
      const [second] = await all(client.send('transient', {}));
      expect(first!.own).not.toBe(first!.ofOther);
      expect(first).toMatchObject({ inquirers: ['TransientController', 'OtherUser'] });
      expect(second).toEqual(first);
    },
  },
]);

import { expect } from '@jest/globals';
import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  Controller,
  type ExceptionFilter,
  type ModuleMetadata,
  type RpcExceptionFilter,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { BaseRpcExceptionFilter, MessagePattern, RpcException } from '@nestjs/microservices';
import { concat, type Observable, of, throwError, timeout, TimeoutError } from 'rxjs';

import { logged } from '../support/app.js';
import { type Behaviour, behaviours } from './support/behaviour.js';
import { all, failureOf } from './support/outcome.js';
import { Journal } from './support/providers.js';

const handler = 'packages/microservices/test/exceptions/rpc-exceptions-handler.spec.ts';
const exception = 'packages/microservices/test/exceptions/rpc-exception.spec.ts';
const proxy = 'packages/microservices/test/context/rpc-proxy.spec.ts';
const filters = 'packages/microservices/test/context/exception-filters-context.spec.ts';
const serverSend = 'packages/microservices/server/server.ts › send';

class OutOfStock extends Error {}

class OrderException extends RpcException {
  constructor(readonly order: number) {
    super({ order, message: 'bad order' });
  }
}

@Controller()
class ThrowingController {
  @MessagePattern('text')
  text(): never {
    throw new RpcException('no such order');
  }

  @MessagePattern('object')
  object(): never {
    throw new RpcException({ code: 'ORDER_4', message: 'no such order', details: { ids: [1, 2], at: null } });
  }

  @MessagePattern('empty object')
  emptyObject(): never {
    throw new RpcException({});
  }

  @MessagePattern('around an error')
  aroundError(): never {
    throw new RpcException(Object.assign(new Error('inner'), { code: 5 }));
  }

  @MessagePattern('subclass')
  subclass(): never {
    throw new OrderException(7);
  }

  @MessagePattern('promise')
  async promise(): Promise<never> {
    await Promise.resolve();
    throw new RpcException('rejected');
  }

  @MessagePattern('observable')
  observable(): Observable<unknown> {
    return concat(
      of(1),
      throwError(() => new RpcException({ code: 7 })),
    );
  }

  @MessagePattern('error')
  error(): never {
    throw new Error('password of the database');
  }

  @MessagePattern('observable of an error')
  observableOfError(): Observable<never> {
    return throwError(() => new Error('password of the database'));
  }

  @MessagePattern('thrown text')
  thrownText(): never {
    throw 'a text';
  }

  @MessagePattern('thrown undefined')
  thrownUndefined(): never {
    throw undefined;
  }

  @MessagePattern('http exception')
  httpException(): never {
    throw new BadRequestException('bad');
  }
}

@Catch(RpcException)
class DocumentedFilter implements RpcExceptionFilter<RpcException> {
  catch(error: RpcException): Observable<never> {
    return throwError(() => error.getError());
  }
}

@Catch(OutOfStock)
class StockFilter implements ExceptionFilter {
  constructor(private readonly journal: Journal) {}

  catch(error: OutOfStock, host: ArgumentsHost): Observable<never> {
    const { data, type } = { data: host.switchToRpc().getData<unknown>(), type: host.getType() };
    this.journal.note({ data, type, message: error.message });
    return throwError(() => ({ code: 'OUT_OF_STOCK', of: data }));
  }
}

@Catch()
class AnsweringFilter implements ExceptionFilter {
  catch(): Observable<string> {
    return of('instead', 'of it');
  }
}

@Catch()
class AsyncFilter implements ExceptionFilter {
  async catch(): Promise<Observable<never>> {
    await Promise.resolve();
    return throwError(() => ({ code: 'LATER' }));
  }
}

@Catch()
class ExtendingFilter extends BaseRpcExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): Observable<unknown> {
    return super.catch(new RpcException(`extended ${(error as Error).message}`), host);
  }
}

@Catch()
class ErrorFilter implements ExceptionFilter {
  catch(): Observable<never> {
    return throwError(() => Object.assign(new Error('as an Error'), { code: 5 }));
  }
}

@Catch()
class NothingFilter implements ExceptionFilter {
  catch(): Observable<never> {
    return throwError(() => undefined);
  }
}

@Catch()
class FailingFilter implements ExceptionFilter {
  catch(): never {
    throw new Error('the filter failed');
  }
}

@Controller()
@UseFilters(StockFilter)
class FilteredController {
  @MessagePattern('documented')
  @UseFilters(DocumentedFilter)
  documented(): never {
    throw new RpcException('Invalid credentials.');
  }

  @MessagePattern('stock')
  stock(): never {
    throw new OutOfStock('none left');
  }

  @MessagePattern('stock, streamed')
  stockStreamed(): Observable<unknown> {
    return concat(
      of('first'),
      throwError(() => new OutOfStock('none left')),
    );
  }

  @MessagePattern('not of the filter')
  other(): never {
    throw new RpcException('other');
  }

  @MessagePattern("the handler's filter first")
  @UseFilters(AsyncFilter)
  both(): never {
    throw new OutOfStock('none left');
  }

  @MessagePattern('answered')
  @UseFilters(AnsweringFilter)
  answered(): never {
    throw new Error('never seen');
  }

  @MessagePattern('answered, streamed')
  @UseFilters(AnsweringFilter)
  answeredStreamed(): Observable<unknown> {
    return concat(
      of('first'),
      throwError(() => new Error('never seen')),
    );
  }

  @MessagePattern('async')
  @UseFilters(AsyncFilter)
  async(): never {
    throw new Error('never seen');
  }

  @MessagePattern('extended')
  @UseFilters(ExtendingFilter)
  extended(): never {
    throw new Error('by a filter');
  }

  @MessagePattern('error of a filter')
  @UseFilters(ErrorFilter)
  errorOfFilter(): never {
    throw new Error('never seen');
  }

  @MessagePattern('nothing of a filter')
  @UseFilters(NothingFilter)
  nothingOfFilter(): never {
    throw new Error('never seen');
  }

  @MessagePattern('failing filter')
  @UseFilters(FailingFilter)
  failing(): never {
    throw new Error('never seen');
  }
}

const parts: ModuleMetadata = { controllers: [ThrowingController, FilteredController], providers: [Journal] };
const unknownError = { status: 'error', message: 'Internal server error' };

const fails = (behaviour: string, source: string, pattern: string, expected: unknown): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service(parts);
    expect(await failureOf(service.client().send(pattern, { id: 1 }))).toEqual(expected);
  },
});

behaviours('errors', [
  fails('an RpcException with a text', `${exception} › getError`, 'text', {
    status: 'error',
    message: 'no such order',
  }),
  fails('an RpcException with code and details', `${handler} › when exception is instance of RpcException`, 'object', {
    code: 'ORDER_4',
    message: 'no such order',
    details: { ids: [1, 2], at: null },
  }),
  fails(
    'an RpcException with an empty object',
    `${handler} › when exception is instance of RpcException`,
    'empty object',
    {},
  ),
  fails('a class that extends RpcException', `${exception} › getError`, 'subclass', { order: 7, message: 'bad order' }),
  {
    ...fails('an RpcException around an Error: its own fields, without the message', serverSend, 'around an error', {
      code: 5,
    }),
    ours: {
      instead: 'with the message',
      because: 'whoever made an RpcException of it chose to tell it, and JSON drops it only by chance',
      test: fails('', '', 'around an error', { code: 5, message: 'inner' }).test,
    },
  },
  fails('a rejected promise', `${proxy} › when callback throws a promise`, 'promise', {
    status: 'error',
    message: 'rejected',
  }),
  fails('an Observable that fails', `${proxy} › should attach catch handler to stream`, 'observable', { code: 7 }),
  {
    behaviour: 'an unknown error is not told, but logged',
    source: `${handler} › when exception is unknown`,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await failureOf(service.client().send('error', {}))).toEqual(unknownError);
      expect(logged.join()).toContain('password of the database');
    },
  },
  fails(
    'an Observable that fails with an unknown error',
    `${handler} › when exception is unknown`,
    'observable of an error',
    unknownError,
  ),
  fails('a text that is thrown', `${handler} › when exception is unknown`, 'thrown text', unknownError),
  fails('undefined that is thrown', `${handler} › when exception is unknown`, 'thrown undefined', unknownError),
  fails('an HttpException is unknown here', `${handler} › when exception is unknown`, 'http exception', unknownError),
  {
    behaviour: 'the calls beside one that fails go on',
    source: `${handler} › when exception is unknown`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      const [failed, answered] = await Promise.all([
        failureOf(client.send('error', {})),
        all(client.send('answered', {})),
      ]);
      expect(failed).toEqual(unknownError);
      expect(answered).toEqual(['instead', 'of it']);
    },
  },
]);

behaviours('exception filters', [
  fails('the filter of the documentation', `${filters} › create`, 'documented', 'Invalid credentials.'),
  {
    behaviour: "the controller's filter sees the error and the data of the call",
    source: `${handler} › invokeCustomFilters › when filter exists in filters array`,
    async test(bench) {
      const service = await bench.service(parts);
      const failure = await failureOf(service.client().send('stock', { id: 1 }));
      expect(failure).toEqual({ code: 'OUT_OF_STOCK', of: { id: 1 } });
      expect(service.app.get(Journal).entries).toEqual([{ data: { id: 1 }, type: 'rpc', message: 'none left' }]);
    },
  },
  fails('an error of a stream', `${proxy} › should attach catch handler to stream`, 'stock, streamed', {
    code: 'OUT_OF_STOCK',
    of: { id: 1 },
  }),
  fails(
    'an error that no filter is for',
    `${handler} › when filter does not exist in filters array`,
    'not of the filter',
    {
      status: 'error',
      message: 'other',
    },
  ),
  fails("the handler's filter goes before the controller's", filters, "the handler's filter first", { code: 'LATER' }),
  {
    behaviour: 'a filter may answer instead',
    source: `${handler} › handle › when "invokeCustomFilters" returns observable`,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().send('answered', {}))).toEqual(['instead', 'of it']);
    },
  },
  {
    behaviour: 'a filter may go on with a stream that failed',
    source: `${proxy} › should attach catch handler to stream`,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().send('answered, streamed', {}))).toEqual(['first', 'instead', 'of it']);
    },
  },
  fails('a filter that takes its time', filters, 'async', { code: 'LATER' }),
  fails('a filter that extends BaseRpcExceptionFilter', handler, 'extended', {
    status: 'error',
    message: 'extended by a filter',
  }),
  {
    behaviour: 'a global filter',
    source: 'integration/microservices/e2e/global-config-applied.spec.ts › Filter called',
    async test(bench) {
      const service = await bench.service(parts, {}, (app) => app.useGlobalFilters(new ExtendingFilter()));
      expect(await failureOf(service.client().send('error', {}))).toMatchObject({
        message: 'extended password of the database',
      });
    },
  },
  {
    behaviour: 'a global filter by APP_FILTER',
    source: `${filters} › getGlobalMetadata`,
    async test(bench) {
      const providers = [Journal, { provide: APP_FILTER, useClass: ExtendingFilter }];
      const service = await bench.service({ ...parts, providers });
      expect(await failureOf(service.client().send('error', {}))).toMatchObject({
        message: 'extended password of the database',
      });
    },
  },
  {
    ...fails('an Error that a filter fails with comes as an empty object', serverSend, 'error of a filter', {
      code: 5,
    }),
    ours: {
      instead: 'it keeps its message',
      because: 'the filter chose to tell it, and JSON drops it only by chance',
      async test(bench) {
        const service = await bench.service(parts);
        const failure = await failureOf(service.client().send('error of a filter', {}));
        expect(failure).toEqual({ message: 'as an Error', code: 5 });
      },
    },
  },
  {
    behaviour: 'a filter that fails with undefined ends the call as if it had succeeded',
    source: serverSend,
    async test(bench) {
      const service = await bench.service(parts);
      expect(await all(service.client().send('nothing of a filter', {}))).toEqual([]);
    },
    ours: {
      instead: 'the call fails',
      because: 'a failure is a failure, whatever was thrown',
      test: fails('', '', 'nothing of a filter', unknownError).test,
    },
  },
  {
    behaviour: 'a filter that fails itself is logged, and the client waits in vain',
    source: 'packages/microservices/server/server-tcp.ts › bindHandler',
    async test(bench) {
      const service = await bench.service(parts);
      const request = service.client().send('failing filter', {});
      expect(await failureOf(request.pipe(timeout(50)))).toBeInstanceOf(TimeoutError);
      expect(logged.join()).toContain('the filter failed');
    },
    ours: {
      instead: 'it is logged, and the call fails',
      because: 'every call ends',
      async test(bench) {
        const service = await bench.service(parts);
        expect(await failureOf(service.client().send('failing filter', {}))).toEqual(unknownError);
        expect(logged.join()).toContain('the filter failed');
      },
    },
  },
]);

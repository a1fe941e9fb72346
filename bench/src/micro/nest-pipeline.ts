import { type CallHandler, Controller, Logger, Module, type NestInterceptor, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { ServerProtosocket } from 'nestjs-protosocket';
import { Socket } from 'node:net';
import { isObservable, lastValueFrom, type Observable, of } from 'rxjs';

import { Dispatcher, type DispatcherHost, type Link, type Message, Responder, ServerPackets } from '../internals.js';
import { type Echo, echoOf } from '../workload/echo.js';
import type { Micro } from './micro.js';

class Passing implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Controller()
class Handlers {
  @MessagePattern('value')
  value(@Payload() message: Echo): Echo {
    return message;
  }

  @MessagePattern('observable')
  observable(@Payload() message: Echo): Observable<Echo> {
    return of(message);
  }

  @UseInterceptors(Passing)
  @MessagePattern('intercepted')
  intercepted(@Payload() message: Echo): Echo {
    return message;
  }
}

@Module({ controllers: [Handlers] })
class HandlersModule {}

/** What is kept in flight, as a busy connection would have it. */
const BATCH = 64;
const body = echoOf(1, 'x'.repeat(32));

/** A connection of messages that are never bytes. It tells when as many have left as were waited for. */
class CountingLink implements Link {
  readonly hasRoom = true;
  readonly flushes = 0;
  private left = 0;
  private resolve: () => void = () => undefined;

  replies(count: number): Promise<void> {
    this.left = count;
    return new Promise((resolve) => (this.resolve = resolve));
  }

  send(message: Message): number {
    if (message.status) throw new Error(message.status.message);
    if (!message.more && --this.left === 0) this.resolve();
    return 90;
  }

  encode(): Buffer {
    return Buffer.alloc(0);
  }

  sendEncoded(): number {
    return 0;
  }

  destroy(cause: Error): void {
    throw cause;
  }
}

/** The server side from a decoded request to the message of its reply: all but the socket and the bytes. */
export async function nestPipeline(): Promise<Micro[]> {
  const server = new ServerProtosocket({ port: 0 });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(HandlersModule, {
    strategy: server,
    logger: ['error', 'warn'],
  });
  await app.init();
  const handlers = server.getHandlers();

  const pipelineAlone = (route: string): Micro => ({
    name: `Nest's pipeline alone: ${route}`,
    async run(count) {
      const handler = handlers.get(route)!;
      for (let index = 0; index < count; index++) {
        const result: unknown = await handler(body, undefined);
        // An interceptor does its work when somebody subscribes.
        if (isObservable(result)) await lastValueFrom(result);
      }
    },
  });

  const wholeServerCall = (route: string): Micro => ({
    name: `responder, dispatcher and Nest: ${route}`,
    async run(count) {
      const link = new CountingLink();
      const dispatcher = new Dispatcher(hostOf(handlers), new Socket(), {
        end: () => undefined,
        closeAfter: () => () => undefined,
        sayIdempotent: () => undefined,
      });
      const responder = new Responder(link, dispatcher, 1024 * 1024);
      for (let id = 1; id <= count;) {
        const end = Math.min(id + BATCH, count + 1);
        const replied = link.replies(end - id);
        for (; id < end; id++) responder.receive({ id, code: 0, route, body }, 90);
        await replied;
      }
    },
  });

  const routes = ['value', 'observable', 'intercepted'];
  return [...routes.map(pipelineAlone), ...routes.map(wholeServerCall)];
}

/** A server without hooks, serializers and a first message, as most are. */
function hostOf(handlers: DispatcherHost['handlers']): DispatcherHost {
  return {
    handlers,
    packets: new ServerPackets({
      serializer: undefined,
      deserializer: { deserialize: (value: never) => value },
      deserializesAll: false,
    }),
    logger: new Logger('micro'),
    hooks: undefined,
    routeOf: String,
    orderOf: () => ({ order: 'concurrent', scope: 'connection' }),
    gateOf: () => undefined,
    admitted: () => undefined,
    eventFailed: (error) => {
      throw error;
    },
    eventDropped: (_, error) => {
      throw error;
    },
    replyUnsent: (_, error) => {
      throw error;
    },
    requestUnread: (_, error) => {
      throw error;
    },
  };
}

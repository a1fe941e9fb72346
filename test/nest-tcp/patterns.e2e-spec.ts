import { expect } from '@jest/globals';
import { Controller, createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { type BaseRpcContext, Ctx, MessagePattern, Payload, TcpContext } from '@nestjs/microservices';
import { NoHandlerError, ProtosocketContext } from 'nestjs-protosocket';
import { Socket } from 'node:net';

import { type Behaviour, behaviours } from './support/behaviour.js';
import { all, failureOf } from './support/outcome.js';

const transform = 'packages/microservices/test/utils/transform-pattern.utils.spec.ts';
const messagePattern = 'packages/microservices/test/decorators/message-pattern.decorator.spec.ts';
const payload = 'packages/microservices/test/decorators/payload.decorator.spec.ts';
const rpcContext = 'packages/microservices/test/context/rpc-context-creator.spec.ts';
const server = 'packages/microservices/test/server/server.spec.ts';
const tcpContext = 'packages/microservices/test/ctx-host/tcp.context.spec.ts';

class TwicePipe implements PipeTransform<number, number> {
  transform(value: number): number {
    return value * 2;
  }
}

const DataOf = createParamDecorator((key: string, context: ExecutionContext): unknown => {
  const data: Record<string, unknown> = context.switchToRpc().getData();
  return { type: context.getType(), value: data[key] };
});

@Controller()
class PatternsController {
  @MessagePattern('text')
  text(): string {
    return 'text';
  }

  @MessagePattern('')
  emptyText(): string {
    return 'empty text';
  }

  @MessagePattern('with/several.words and *')
  words(): string {
    return 'words';
  }

  @MessagePattern(42)
  number(): string {
    return 'number';
  }

  @MessagePattern({ controller: 'app', use: 'hello' })
  object(): string {
    return 'object';
  }

  @MessagePattern({ service: 'one', use: { path: 'a', part: { id: 180, name: 'b' } } })
  nested(): string {
    return 'nested';
  }

  @MessagePattern({ says: 'a "quoted" \\ word', 'a "key"': 1 })
  quoted(): string {
    return 'quoted';
  }

  @MessagePattern({ is: true, not: null })
  flags(): string {
    return 'flags';
  }

  @MessagePattern(['either', { or: 1 }, 7])
  several(data: unknown): unknown {
    return data;
  }

  @MessagePattern('true')
  reservedWord(): string {
    return 'reserved word';
  }

  @MessagePattern('1.0')
  version(): string {
    return 'version';
  }

  @MessagePattern('extras', { audience: 'internal' })
  extras(): string {
    return 'extras';
  }
}

@Controller()
class ArgumentsController {
  @MessagePattern('undecorated')
  undecorated(...args: unknown[]): unknown {
    return args;
  }

  @MessagePattern('payload')
  payload(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('property')
  property(@Payload('name') name: unknown): unknown {
    return { name };
  }

  @MessagePattern('two properties')
  properties(@Payload('a') a: number, @Payload('b') b: number): unknown {
    return [a, b];
  }

  @MessagePattern('piped')
  piped(@Payload(TwicePipe) data: number): number {
    return data;
  }

  @MessagePattern('piped property')
  pipedProperty(@Payload('n', new TwicePipe(), TwicePipe) n: number): number {
    return n;
  }

  @MessagePattern('own decorator')
  ownDecorator(@DataOf('name') found: unknown): unknown {
    return found;
  }

  @MessagePattern('context')
  context(@Ctx() context: BaseRpcContext, @Payload() data: unknown): unknown {
    const pattern: unknown = context.getArgByIndex(1);
    return { data, pattern };
  }

  @MessagePattern({ of: 'pattern', and: 'more' })
  pattern(@Ctx() context: TcpContext | ProtosocketContext): string {
    return context.getPattern();
  }

  @MessagePattern('socket')
  socket(@Ctx() context: TcpContext | ProtosocketContext): unknown {
    const socket = context.getSocketRef() as Socket & { netSocket?: Socket };
    const netSocket = socket.netSocket ?? socket;
    return { isNetSocket: socket instanceof Socket, address: netSocket.remoteAddress };
  }

  @MessagePattern('class of the context')
  contextClass(@Ctx() context: BaseRpcContext): unknown {
    return { tcp: context instanceof TcpContext, protosocket: context instanceof ProtosocketContext };
  }
}

const answers = (behaviour: string, source: string, pattern: unknown, data: unknown, expected: unknown): Behaviour => ({
  behaviour,
  source,
  async test(bench) {
    const service = await bench.service({ controllers: [PatternsController, ArgumentsController] });
    expect(await all(service.client().send(pattern, data))).toEqual([expected]);
  },
});

/** Where TCP has one answer and ours another. */
const differs = (
  { behaviour, source, instead, because }: { behaviour: string; source: string; instead: string; because: string },
  pattern: unknown,
  expected: { tcp: unknown; ours: unknown },
): Behaviour => ({
  ...answers(behaviour, source, pattern, {}, expected.tcp),
  ours: { instead, because, test: answers(behaviour, source, pattern, {}, expected.ours).test },
});

behaviours('patterns', [
  answers('a text', `${transform} › 'string' value`, 'text', {}, 'text'),
  answers('an empty text', `${transform} › 'string' value`, '', {}, 'empty text'),
  answers('a text with other signs', `${transform} › 'string' value`, 'with/several.words and *', {}, 'words'),
  answers('a number', `${transform} › 'number' value`, 42, {}, 'number'),
  answers('a number, sent as a text', `${transform} › 'number' value`, '42', {}, 'number'),
  answers('an object', `${transform} › without nested JSON`, { controller: 'app', use: 'hello' }, {}, 'object'),
  answers(
    'an object, its keys in another order',
    `${transform} › without nested JSON`,
    { use: 'hello', controller: 'app' },
    {},
    'object',
  ),
  answers(
    'an object in an object, their keys in another order',
    `${transform} › with nested JSON (3 levels)`,
    { use: { part: { name: 'b', id: 180 }, path: 'a' }, service: 'one' },
    {},
    'nested',
  ),
  answers(
    'an object with quotes',
    `${transform} › without nested JSON`,
    { 'a "key"': 1, says: 'a "quoted" \\ word' },
    {},
    'quoted',
  ),
  answers('an object with true and null', `${transform} › without nested JSON`, { not: null, is: true }, {}, 'flags'),
  answers('one of several: the text', `${messagePattern} › should attach metadata with an array`, 'either', 1, 1),
  answers('one of several: the object', `${messagePattern} › should attach metadata with an array`, { or: 1 }, 2, 2),
  answers('one of several: the number', `${messagePattern} › should attach metadata with an array`, 7, 3, 3),
  answers(
    'an object as its JSON text',
    `${server} › getRouteFromPattern › when gets 'json' pattern as 'string'`,
    '{"controller":"app","use":"hello"}',
    {},
    'object',
  ),
  {
    ...answers(
      'an object as its JSON text, the keys in another order',
      `${server} › getRouteFromPattern › when gets 'json' pattern as 'string'`,
      '{ "use": "hello", "controller": "app" }',
      {},
      'object',
    ),
    ours: {
      instead: 'it finds no handler',
      because: 'a pattern is put in order where it is made, and not parsed again for every message',
      async test(bench) {
        const service = await bench.service({ controllers: [PatternsController] });
        const request = service.client().send('{ "use": "hello", "controller": "app" }', {});
        expect(await failureOf(request)).toBeInstanceOf(NoHandlerError);
      },
    },
  },
  ...['true', '1.0'].map((pattern): Behaviour => ({
    behaviour: `the text '${pattern}', which is JSON as well, never finds its handler`,
    source: 'packages/microservices/server/server.ts › getRouteFromPattern',
    async test(bench) {
      const service = await bench.service({ controllers: [PatternsController] });
      expect(await failureOf(service.client().send(pattern, {}))).toMatch('no matching message handler');
    },
    ours: {
      instead: 'it finds it',
      because: 'a text is taken as it is',
      async test(bench) {
        const service = await bench.service({ controllers: [PatternsController] });
        expect(await all(service.client().send(pattern, {}))).toHaveLength(1);
      },
    },
  })),
  {
    behaviour: 'extras of a pattern reach the server',
    source: 'packages/microservices/test/listeners-controller.spec.ts › should call "addHandler" with extras data',
    async test(bench) {
      const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
      await bench.started({ controllers: [PatternsController] }, { strategy: server });
      const handler = server.getHandlerByPattern('extras')!;
      expect(handler.isEventHandler).toBe(false);
      expect(handler.extras).toEqual({ audience: 'internal' });
    },
  },
]);

behaviours('arguments of a handler', [
  answers('without decorators: the data', `${rpcContext} › getMetadata`, 'undecorated', { a: 1 }, [{ a: 1 }]),
  answers('@Payload()', payload, 'payload', { a: 1 }, { a: 1 }),
  answers("@Payload('name')", payload, 'property', { name: 'n', other: 1 }, { name: 'n' }),
  answers("@Payload('name') of data without it", payload, 'property', { other: 1 }, {}),
  answers("@Payload('name') of data that has no properties", payload, 'property', 5, {}),
  answers('two properties', payload, 'two properties', { b: 2, a: 1 }, [1, 2]),
  answers('@Payload(Pipe)', payload, 'piped', 21, 42),
  answers("@Payload('n', pipe, Pipe)", payload, 'piped property', { n: 1 }, 4),
  answers(
    'a decorator of one’s own',
    `${rpcContext} › exchangeKeysForValues`,
    'own decorator',
    { name: 'n' },
    {
      type: 'rpc',
      value: 'n',
    },
  ),
  answers('@Ctx() beside @Payload(), and the pattern in its arguments', tcpContext, 'context', 1, {
    data: 1,
    pattern: 'context',
  }),
  differs(
    {
      behaviour: 'getPattern() of an object is the JSON that the client sent',
      source: `${tcpContext} › getPattern`,
      instead: 'it is the JSON with its keys in order',
      because: 'that is how the handlers are keyed, whoever sends',
    },
    { of: 'pattern', and: 'more' },
    { tcp: '{"of":"pattern","and":"more"}', ours: '{"and":"more","of":"pattern"}' },
  ),
  differs(
    {
      behaviour: "getSocketRef() is Nest's JsonSocket",
      source: `${tcpContext} › getSocketRef`,
      instead: "it is Node's socket",
      because: 'there is no JsonSocket here',
    },
    'socket',
    { tcp: { isNetSocket: false, address: '127.0.0.1' }, ours: { isNetSocket: true, address: '127.0.0.1' } },
  ),
  differs(
    {
      behaviour: 'the context is a TcpContext',
      source: tcpContext,
      instead: 'it is a ProtosocketContext',
      because: 'it knows more of its call',
    },
    'class of the context',
    { tcp: { tcp: true, protosocket: false }, ours: { tcp: false, protosocket: true } },
  ),
]);

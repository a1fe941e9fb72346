import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type ClientProtosocket,
  InvalidOptionError,
  PROTOSOCKET,
  ProtosocketRecordBuilder,
  type ProtosocketServerOptions,
} from 'nestjs-protosocket';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { firstValueFrom, lastValueFrom, tap } from 'rxjs';

import { builtInContract, idempotentRoute, PING, PONG } from '../../lib/contract/index.js';
import { captureLog, closeServices, connectTo, startService } from '../support/app.js';
import { DrippingProxy } from '../support/dripping-proxy.js';
import { closeProxies } from '../support/tcp-proxy.js';
import { eventually } from '../support/eventually.js';
import { closeRawPeers, RawPeer } from '../support/raw-peer.js';

/** The patterns of the handlers that were begun. */
const begun: string[] = [];
const releases: (() => void)[] = [];

/** How many of them hang, until it is of no use any more. */
let hanging = 1;

async function work(pattern: string, data: unknown): Promise<unknown> {
  begun.push(pattern);
  if (begun.length <= hanging) await new Promise<void>((resolve) => releases.push(resolve));
  return data;
}

@Controller()
class StoreController {
  @MessagePattern('get', { idempotent: true })
  get(@Payload() data: unknown): Promise<unknown> {
    return work('get', data);
  }

  @MessagePattern({ kind: 'list', cmd: 'of' }, PROTOSOCKET, { idempotent: true })
  list(@Payload() data: unknown): Promise<unknown> {
    return work('list', data);
  }

  @MessagePattern('put', { idempotent: false })
  put(@Payload() data: unknown): Promise<unknown> {
    return work('put', data);
  }

  @MessagePattern('append')
  append(@Payload() data: unknown): Promise<unknown> {
    return work('append', data);
  }

  @MessagePattern('watch', { idempotent: true })
  async *watch(@Payload() first: string): AsyncGenerator<unknown> {
    if (first === 'item first') yield first;
    yield await work('watch', 'then');
  }

  @MessagePattern('read', { idempotent: true })
  read(@Payload() data: unknown): unknown {
    return data;
  }
}

@Controller()
class PlainController {
  @MessagePattern('read')
  read(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('put', { idempotent: false })
  put(@Payload() data: unknown): unknown {
    return data;
  }
}

@Controller()
class ReplacedController {
  @MessagePattern('get', { idempotent: true })
  get(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('list')
  list(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('get')
  otherGet(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('list', { idempotent: true })
  otherList(@Payload() data: unknown): unknown {
    return data;
  }
}

/** In the order of the handlers. */
const marks = ['get', '{"cmd":"of","kind":"list"}', 'watch', 'read'].map(idempotentRoute);

const codeOf = ({ code }: { code: string }): string => code;

describe('a handler that is marked idempotent', () => {
  beforeEach(() => {
    captureLog();
    begun.length = 0;
    hanging = 1;
  });
  afterEach(() => {
    for (const release of releases.splice(0)) release();
  });
  afterEach(closeRawPeers);
  afterEach(closeProxies);
  afterEach(closeServices);

  /** A client that has heard what its server says, as one that has had a reply has. */
  async function warm(client: ClientProtosocket): Promise<ClientProtosocket> {
    expect(await firstValueFrom(client.send('read', 'warm'))).toBe('warm');
    return client;
  }

  /** Has the connection of `client` lost once the handler has begun. */
  async function loseConnection(client: ClientProtosocket): Promise<void> {
    await eventually(() => begun.length === 1);
    client.unwrap().destroy();
  }

  const says = (idempotent?: boolean): unknown => {
    const record = new ProtosocketRecordBuilder('x');
    return (idempotent === undefined ? record : record.setIdempotent(idempotent)).build();
  };

  it.each<[string, unknown, unknown, string, number]>([
    ['is run again by a call without a record', 'get', 'x', 'x', 2],
    ['is run again by one whose record says nothing', 'get', says(), 'x', 2],
    ['is run again where it has a pattern that is an object', { cmd: 'of', kind: 'list' }, 'x', 'x', 2],
    ['is not, by a call that knows better', 'get', says(false), 'CONNECTION_LOST', 1],
    ['is run again as a stream that has not begun', 'watch', 'x', 'then', 2],
    ['is another than one that is marked otherwise', 'put', 'x', 'CONNECTION_LOST', 1],
    ['is another than one that is not marked', 'append', 'x', 'CONNECTION_LOST', 1],
    ['has no say where its caller does', 'append', says(true), 'x', 2],
  ])('%s', async (_, pattern, data, outcome, runs) => {
    const service = await startService([StoreController]);
    const client = await warm(service.client());
    const call = firstValueFrom(client.send(pattern, data)).catch(codeOf);
    await loseConnection(client);
    expect(await call).toBe(outcome);
    expect(begun).toHaveLength(runs);
  });

  it('is not run again when something of its stream was delivered', async () => {
    const service = await startService([StoreController]);
    const client = await warm(service.client());
    const items: unknown[] = [];
    const call = lastValueFrom(client.send('watch', 'item first').pipe(tap((item) => items.push(item))));
    const failed = expect(call).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await eventually(() => items.length === 1);
    await loseConnection(client);
    await failed;
    expect([items, begun]).toEqual([['item first'], ['watch']]);
  });

  it('is not run again with retry: false, nor by a request stream', async () => {
    const service = await startService([StoreController]);
    hanging = 2;
    const careful = await warm(service.client({ retry: false }));
    const streaming = await warm(service.client());
    const calls = [
      firstValueFrom(careful.send('get', 'x')).catch(codeOf),
      firstValueFrom(streaming.send('get', [1, 2].values())).catch(codeOf),
    ];
    await eventually(() => begun.length === 2);
    for (const client of [careful, streaming]) client.unwrap().destroy();
    expect(await Promise.all(calls)).toEqual(['CONNECTION_LOST', 'CONNECTION_LOST']);
    expect(begun).toHaveLength(2);
  });

  it('is run again by the next server on the port, and one that is not marked is not', async () => {
    const first = await startService([StoreController], { gracePeriod: 0 });
    const { port } = first;
    hanging = 2;
    const client = await warm(connectTo(port, { waitForReady: true, reconnect: { maxDelay: 50 } }));
    const calls = ['get', 'append'].map((pattern) => firstValueFrom(client.send(pattern, 'x')).catch(codeOf));
    await eventually(() => begun.length === 2);
    await first.app.close();
    await startService([StoreController], { port });
    expect(await Promise.all(calls)).toEqual(['x', 'CONNECTION_LOST']);
    expect(begun).toEqual(['get', 'append', 'get']);
  });

  it('is run again when every byte from the server came alone', async () => {
    const service = await startService([StoreController]);
    const proxy = await DrippingProxy.to(service.port);
    hanging = 2;
    const client = await warm(connectTo(proxy.port));
    const calls = ['get', 'append'].map((pattern) => firstValueFrom(client.send(pattern, 'x')).catch(codeOf));
    await eventually(() => begun.length === 2);
    client.unwrap().destroy();
    expect(await Promise.all(calls)).toEqual(['x', 'CONNECTION_LOST']);
    expect(begun).toEqual(['get', 'append', 'get']);
  });

  it('is run again when the next connection was lost as well, with nothing said', async () => {
    const service = await startService([StoreController]);
    const client = await warm(service.client({ waitForReady: true }));
    const call = firstValueFrom(client.send('get', 'x'));
    await eventually(() => begun.length === 1);
    service.server.unwrap<Server>().close();
    // The kernel still accepts for a process that is being killed, before it resets what it has accepted.
    const dying = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy());
      dying.close();
    });
    dying.listen(service.port, '127.0.0.1');
    await once(dying, 'listening');
    client.unwrap<Socket>().destroy();
    await once(dying, 'close');
    await startService([StoreController], { port: service.port });
    expect(await call).toBe('x');
    expect(begun).toEqual(['get', 'get']);
  });

  it('is told of on each of several connections', async () => {
    const service = await startService([StoreController]);
    hanging = 2;
    const sockets: Socket[] = [];
    service.server.on('connection', (socket: Socket) => sockets.push(socket));
    const client = service.client({ connections: 2 });
    await client.connect();
    for (let i = 0; i < 2; i++) await warm(client);
    const calls = [1, 2].map((data) => firstValueFrom(client.send('get', data)));
    await eventually(() => begun.length === 2);
    for (const socket of sockets) socket.destroy();
    expect(await Promise.all(calls)).toEqual([1, 2]);
    expect(begun).toHaveLength(4);
  });

  describe('on the wire', () => {
    const request = { id: 1, route: 'read', body: 1 };
    const reply = expect.objectContaining({ id: 1, body: 1 });

    async function heard(peer: RawPeer, count: number): Promise<unknown[]> {
      await eventually(() => peer.messages.length >= count);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return peer.messages.map(({ silent: _, ...message }) =>
        Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined)),
      );
    }

    async function peerOf(controller: Type, options: ProtosocketServerOptions = {}): Promise<RawPeer> {
      return new RawPeer((await startService([controller], options)).port);
    }

    it('is said once, after a ping and before its pong and any reply', async () => {
      const peer = await peerOf(StoreController);
      peer.send(PING, request);
      await peer.answered(1);
      peer.send(PING);
      expect(await heard(peer, marks.length + 3)).toEqual([...marks, PONG, reply, PONG]);
    });

    it('is said to nobody who has not shown that he knows what it means', async () => {
      const peer = await peerOf(StoreController);
      peer.send(request);
      expect(await heard(peer, 1)).toEqual([reply]);
    });

    it('is not, without such a handler: there is not a byte more', async () => {
      const peer = await peerOf(PlainController);
      const bytes: Buffer[] = [];
      peer.socket.on('data', (chunk: Buffer) => bytes.push(chunk));
      peer.send(PING, request);
      expect(await heard(peer, 2)).toEqual([PONG, reply]);
      expect(Buffer.concat(bytes).toString('hex')).toBe('021001' + '0508012201' + '31');
    });

    it('is that of the handler that a pattern has at last', async () => {
      const peer = await peerOf(ReplacedController);
      peer.send(PING);
      expect(await heard(peer, 2)).toEqual([idempotentRoute('list'), PONG]);
    });

    it('is nothing that a client can say', async () => {
      const peer = await peerOf(PlainController);
      peer.send(idempotentRoute('read'), request);
      expect(await heard(peer, 1)).toEqual([reply]);
      expect(peer.isClosed).toBe(false);
    });

    it('is said once a first message was accepted, and not before', async () => {
      const peer = await peerOf(StoreController, {
        firstMessage: {
          pattern: 'auth',
          accept: (token) => {
            if (token !== 'secret') throw new Error('who are you?');
            return 'welcome';
          },
        },
      });
      peer.send(PING, request);
      const refused = expect.objectContaining({ status: expect.objectContaining({ code: 'UNAUTHENTICATED' }) });
      expect(await heard(peer, 2)).toEqual([PONG, refused]);
      peer.send({ id: 2, route: 'auth', body: 'secret' }, { ...request, id: 3 });
      expect((await heard(peer, 4 + marks.length)).slice(2)).toEqual([
        ...marks,
        expect.objectContaining({ id: 2, body: 'welcome' }),
        expect.objectContaining({ id: 3, body: 1 }),
      ]);
    });

    it('is not said to a connection that was refused', async () => {
      const accept = (): never => {
        throw new Error('who are you?');
      };
      const peer = await peerOf(StoreController, { firstMessage: { pattern: 'auth', accept } });
      peer.send(PING, { id: 2, route: 'auth', body: 'wrong' });
      await peer.closed;
      expect((await heard(peer, 2)).map((message) => (message as { route?: string }).route)).toEqual([
        undefined,
        undefined,
      ]);
    });

    it('has no place in a contract without messages for it', async () => {
      const { hasConnectionMessages: _, ...contract } = builtInContract();
      const service = await startService([StoreController], { contract });
      const client = service.client({ contract });
      const call = firstValueFrom(client.send('get', 'x')).catch(codeOf);
      await loseConnection(client);
      expect(await call).toBe('CONNECTION_LOST');
    });

    it('is left out where it fits no message: nor does a call of it', async () => {
      const peer = await peerOf(StoreController, { maxBufferSize: 16 });
      peer.send(PING);
      expect(await heard(peer, marks.length)).toEqual([marks[0], marks[2], marks[3], PONG]);
    });
  });

  describe('wrongly', () => {
    @Controller()
    class TextController {
      @MessagePattern('get', { idempotent: 'yes' })
      get(@Payload() data: unknown): unknown {
        return data;
      }
    }

    @Controller()
    class EventController {
      @EventPattern('saved', PROTOSOCKET, { idempotent: true })
      saved(@Payload() data: unknown): unknown {
        return data;
      }
    }

    @Controller()
    class ModestController {
      @EventPattern('saved', PROTOSOCKET, { idempotent: false })
      saved(@Payload() data: unknown): unknown {
        return data;
      }
    }

    it.each([
      ['by what is no boolean', TextController, 'idempotent of the handler of "get" must be a boolean, and is "yes"'],
      ['as that of an event', EventController, 'The handler of the event "saved" cannot be marked idempotent'],
    ])('%s keeps its server from starting', async (_, controller, message) => {
      const error = await startService([controller]).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidOptionError);
      expect((error as Error).message).toContain(message);
    });

    it('is none of an event that says it is not', async () => {
      await expect(startService([ModestController])).resolves.toBeDefined();
    });
  });

  describe('has no say where another handler may be meant', () => {
    interface Packet {
      readonly pattern: unknown;
      readonly data: { readonly op?: string } | string;
    }
    const redirected = (packet: Packet): Packet => {
      const op = typeof packet.data === 'object' ? packet.data.op : undefined;
      return op === undefined ? packet : { ...packet, pattern: op };
    };

    it.each([
      ['by a deserializer', { deserializer: { deserialize: redirected } }, {}],
      ['by a serializer', {}, { serializer: { serialize: redirected } }],
    ] as const)('%s', async (_, server, options) => {
      const service = await startService([StoreController], server);
      const client = service.client(options);
      expect(await firstValueFrom(client.send('read', 'known'))).toBe('known');
      const call = firstValueFrom(client.send('get', { op: 'append' }));
      await eventually(() => begun.length === 1);
      client.unwrap<Socket>().destroy();
      await expect(call).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      expect(begun).toEqual(['append']);
    });
  });
});

import { expect } from '@jest/globals';
import { Controller, type ModuleMetadata } from '@nestjs/common';
import {
  type ClientProxy,
  Ctx,
  type Deserializer,
  EventPattern,
  type IncomingRequest,
  MessagePattern,
  Payload,
  RpcException,
  type Serializer,
} from '@nestjs/microservices';
import { NotSerializableError, ProtosocketContext, UnreadablePayloadError } from 'nestjs-protosocket';
import { AsyncLocalStorage } from 'node:async_hooks';
import { from, type Observable, timeout, TimeoutError } from 'rxjs';

import { eventually } from '../support/eventually.js';
import { behaviours } from './support/behaviour.js';
import { type Bench, type Service } from './support/bench.js';
import { all, failureOf } from './support/outcome.js';
import { Journal } from './support/providers.js';
import { isNest12 } from './support/versions.js';

const publish = 'packages/microservices/test/client/client-tcp.spec.ts › publish';
const handleResponse = 'packages/microservices/test/client/client-tcp.spec.ts › handleResponse';
const handleMessage = 'packages/microservices/test/server/server-tcp.spec.ts › handleMessage';
const dispatchHook = 'integration/microservices/e2e/packet-metadata-tcp.spec.ts';
const serializers = 'packages/microservices/test/serializers/identity.serializer.spec.ts';

/** A packet, of whichever form. */
interface Packet {
  readonly id?: string;
  readonly pattern?: unknown;
  readonly data?: unknown;
  readonly sealed?: string;
  metadata?: Record<string, string>;
}

/** Notes the packets that pass, and has a say in them. */
class Passing implements Serializer, Deserializer {
  readonly packets: unknown[] = [];

  constructor(private readonly change: (packet: Packet) => unknown = (packet) => packet) {}

  serialize(packet: Packet): unknown {
    this.packets.push({ ...packet });
    return this.change(packet);
  }

  deserialize(packet: Packet): IncomingRequest {
    this.packets.push({ ...packet });
    return this.change(packet) as IncomingRequest;
  }
}

@Controller()
class PacketsController {
  constructor(private readonly journal: Journal) {}

  @MessagePattern({ cmd: 'echo' })
  echo(data: unknown): unknown {
    return data;
  }

  @MessagePattern('stream')
  stream(data: unknown[]): Observable<unknown> {
    return from(data);
  }

  @MessagePattern('nothing')
  nothing(): void {
    return undefined;
  }

  @MessagePattern('fails')
  fails(): never {
    throw new RpcException({ code: 1 });
  }

  @EventPattern('noted')
  noted(data: unknown): void {
    this.journal.note(data);
  }
}

const parts: ModuleMetadata = { controllers: [PacketsController], providers: [Journal] };
const echo = { cmd: 'echo' };

behaviours('serializers and deserializers', [
  {
    behaviour: "the client's serializer gets the pattern, the data and an id, and what it makes is what arrives",
    source: `${publish} › should send message`,
    async test(bench) {
      const service = await bench.service(parts);
      const serializer = new Passing((packet) => ({ ...packet, data: { wrapped: packet.data } }));
      const client = service.client({ serializer });
      expect(await all(client.send(echo, 1))).toEqual([{ wrapped: 1 }]);
      expect(serializer.packets).toEqual([{ pattern: echo, data: 1, id: expect.any(String) }]);
    },
  },
  {
    behaviour: 'every packet of a request has another id, and that of an event none',
    source: 'packages/microservices/client/client-tcp.ts › dispatchEvent',
    async test(bench) {
      const service = await bench.service(parts);
      const serializer = new Passing();
      const client = service.client({ serializer });
      await all(client.send(echo, 1));
      await all(client.send(echo, 2));
      await all(client.emit('noted', 3));
      const [first, second, third] = serializer.packets as { id: string }[];
      expect(first!.id).not.toBe(second!.id);
      expect(third).toEqual({ pattern: 'noted', data: 3 });
      const { entries } = service.app.get(Journal);
      await eventually(() => entries.length === 1);
      expect(entries).toEqual([3]);
    },
  },
  {
    behaviour: "the server's deserializer gets whole packets",
    source: `${handleMessage} › should call handler if exists in handlers object`,
    async test(bench) {
      const deserializer = new Passing();
      const service = await bench.service(parts, { deserializer });
      const client = service.client();
      expect(await all(client.send('stream', [1]))).toEqual([1]);
      await all(client.emit('noted', 3));
      await eventually(() => deserializer.packets.length === 2);
      expect(deserializer.packets).toMatchObject([
        { pattern: 'stream', data: [1], id: expect.any(String) },
        { pattern: 'noted', data: 3 },
      ]);
    },
  },
  {
    behaviour: "the server's deserializer may choose another pattern",
    source: 'packages/microservices/test/deserializers/incoming-request.deserializer.spec.ts',
    async test(bench) {
      const deserializer = new Passing((packet) => ({ ...packet, pattern: echo, data: [packet.pattern, packet.data] }));
      const service = await bench.service(parts, { deserializer });
      expect(await all(service.client().send('elsewhere', 1))).toEqual([['elsewhere', 1]]);
    },
  },
  {
    behaviour: "the server's deserializer may take its time",
    source: handleMessage,
    async test(bench) {
      const deserializer = new Passing(async (packet) => {
        await Promise.resolve();
        return packet;
      });
      const service = await bench.service(parts, { deserializer });
      expect(await all(service.client().send(echo, 1))).toEqual([1]);
    },
  },
  {
    behaviour: "the server's serializer gets replies, with the id of the request",
    source: 'packages/microservices/server/server-tcp.ts › handleMessage',
    async test(bench) {
      const serializer = new Passing();
      const service = await bench.service(parts, { serializer });
      const client = service.client();
      expect(await all(client.send(echo, 1))).toEqual([1]);
      expect(await failureOf(client.send('fails', {}))).toEqual({ code: 1 });
      expect(serializer.packets).toEqual([
        { response: 1, isDisposed: true, id: expect.any(String) },
        { err: { code: 1 }, isDisposed: true, id: expect.any(String) },
      ]);
    },
  },
  {
    behaviour: "the client's deserializer reads what the server's serializer made",
    source: handleResponse,
    async test(bench) {
      const serializer = new Passing(({ id, ...rest }) => ({ id, sealed: JSON.stringify(rest) }));
      const deserializer = new Passing(({ id, sealed }) => ({ id, ...JSON.parse(sealed!) }));
      const service = await bench.service(parts, { serializer });
      const client = service.client({ deserializer });
      expect(await all(client.send(echo, { a: 1 }))).toEqual([{ a: 1 }]);
      expect(await all(client.send('stream', [1, 2, 3]))).toEqual([1, 2, 3]);
      expect(await all(client.send('nothing', {}))).toEqual([]);
      expect(await failureOf(client.send('fails', {}))).toEqual({ code: 1 });
    },
  },
  {
    behaviour: 'all four at once, of a form of their own',
    source: serializers,
    async test(bench) {
      const seal = new Passing(({ id, ...rest }) => ({ id, sealed: JSON.stringify(rest) }));
      const unseal = new Passing(({ id, sealed }) => ({ id, ...JSON.parse(sealed!) }));
      const options = { serializer: seal, deserializer: unseal };
      const service = await bench.service(parts, options);
      const client = service.client(options);
      expect(await all(client.send(echo, 1))).toEqual([1]);
      expect(await all(client.send('stream', [1, 2]))).toEqual([1, 2]);
      expect(await failureOf(client.send('fails', {}))).toEqual({ code: 1 });
      client.emit('noted', 5);
      const { entries } = service.app.get(Journal);
      await eventually(() => entries.length === 1);
      expect(entries).toEqual([5]);
    },
  },
  {
    behaviour: 'a serializer of the client that throws fails the call with its error, and the next goes through',
    source: `${publish} › on error › should call callback`,
    async test(bench) {
      const service = await bench.service(parts);
      const error = new Error('cannot be written');
      const serializer = new Passing((packet) => {
        if (packet.data === 'bad') throw error;
        return packet;
      });
      const client = service.client({ serializer });
      expect(await failureOf(client.send(echo, 'bad'))).toBe(error);
      expect(await failureOf(client.emit('noted', 'bad'))).toBe(error);
      expect(await all(client.send(echo, 'good'))).toEqual(['good']);
    },
    ours: {
      instead: 'it fails with a NotSerializableError, whose cause is that error',
      because: 'every error of the transport has a class and a code',
      async test(bench) {
        const service = await bench.service(parts);
        const error = new Error('cannot be written');
        const serializer = new Passing((packet) => {
          if (packet.data === 'bad') throw error;
          return packet;
        });
        const client = service.client({ serializer });
        for (const request of [client.send(echo, 'bad'), client.emit('noted', 'bad')]) {
          const failure = await failureOf(request);
          expect(failure).toBeInstanceOf(NotSerializableError);
          expect(failure).toMatchObject({ cause: error });
        }
        expect(await all(client.send(echo, 'good'))).toEqual(['good']);
      },
    },
  },
  {
    behaviour: 'data that JSON cannot take fails the call with a TypeError, and the next goes through',
    source: `${publish} › on error › should not leave the request pending`,
    async test(bench) {
      const service = await bench.service(parts);
      const client = service.client();
      expect(await failureOf(client.send(echo, { id: 1n }))).toBeInstanceOf(TypeError);
      expect(await all(client.send(echo, 'good'))).toEqual(['good']);
    },
    ours: {
      instead: 'it fails with a NotSerializableError, whose cause is that error',
      because: 'every error of the transport has a class and a code',
      async test(bench) {
        const service = await bench.service(parts);
        const client = service.client();
        const failure = await failureOf(client.send(echo, { id: 1n }));
        expect(failure).toBeInstanceOf(NotSerializableError);
        expect(failure).toMatchObject({ cause: expect.any(TypeError) });
        expect(await all(client.send(echo, 'good'))).toEqual(['good']);
      },
    },
  },
  {
    behaviour: 'a deserializer of the server that throws leaves the client waiting',
    source: 'packages/microservices/server/server-tcp.ts › bindHandler',
    async test(bench) {
      const deserializer = new Passing(() => {
        throw new Error('cannot be read');
      });
      const service = await bench.service(parts, { deserializer });
      expect(await failureOf(service.client().send(echo, 1).pipe(timeout(50)))).toBeInstanceOf(TimeoutError);
    },
    ours: {
      instead: 'the call fails with an UnreadablePayloadError',
      because: 'every call ends',
      async test(bench) {
        const deserializer = new Passing(() => {
          throw new Error('cannot be read');
        });
        const service = await bench.service(parts, { deserializer });
        expect(await failureOf(service.client().send(echo, 1))).toBeInstanceOf(UnreadablePayloadError);
      },
    },
  },
]);

/** Nest 11 does not have it. */
const setOnDispatchHook = (client: ClientProxy, hook: (packet: Packet) => void): void =>
  (client as unknown as { setOnDispatchHook(hook: (packet: Packet) => void): void }).setOnDispatchHook(hook);

@Controller()
class MetadataController {
  constructor(private readonly journal: Journal) {}

  @MessagePattern('echo')
  echo(@Payload() data: unknown, @Ctx() context: ProtosocketContext): unknown {
    return { data, metadata: context.getMetadata() ?? null };
  }

  @EventPattern('noted')
  noted(@Ctx() context: ProtosocketContext): void {
    this.journal.note(context.getMetadata());
  }
}

const hooked: ModuleMetadata = { controllers: [MetadataController], providers: [Journal] };

behaviours('dispatch hooks', [
  {
    behaviour: 'what a hook attaches to a request arrives beside its data',
    source: `${dispatchHook} › delivers what the dispatch hook attached to a request`,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(hooked);
      const client = service.client();
      setOnDispatchHook(client, (packet) => (packet.metadata = { trace: 'one' }));
      expect(await all(client.send('echo', { a: 1 }))).toEqual([{ data: { a: 1 }, metadata: { trace: 'one' } }]);
    },
  },
  {
    behaviour: 'and to an event',
    source: `${dispatchHook} › delivers it with an event as well`,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(hooked);
      const client = service.client();
      setOnDispatchHook(client, (packet) => (packet.metadata = { trace: 'two' }));
      client.emit('noted', {});
      const { entries } = service.app.get(Journal);
      await eventually(() => entries.length === 1);
      expect(entries).toEqual([{ trace: 'two' }]);
    },
  },
  {
    behaviour: 'without a hook there is no metadata',
    source: `${dispatchHook} › leaves the context without metadata when no hook is set`,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(hooked);
      expect(await all(service.client().send('echo', 1))).toEqual([{ data: 1, metadata: null }]);
    },
  },
  {
    behaviour: 'a hook is called once for each request and each event, with its pattern and data',
    source: `${dispatchHook} › calls the hook once per packet`,
    available: isNest12,
    async test(bench) {
      const service = await bench.service(hooked);
      const client = service.client();
      const seen: unknown[] = [];
      setOnDispatchHook(client, (packet) => seen.push({ ...packet }));
      await all(client.send('echo', 1));
      await all(client.emit('noted', 2));
      expect(seen).toEqual([
        { pattern: 'echo', data: 1 },
        { pattern: 'noted', data: 2 },
      ]);
    },
  },
  {
    behaviour: 'a hook that throws fails the request',
    source: 'packages/microservices/client/client-proxy.ts › createPacket',
    available: isNest12,
    async test(bench) {
      const service = await bench.service(hooked);
      const client = service.client();
      const error = new Error('the hook failed');
      setOnDispatchHook(client, () => {
        throw error;
      });
      expect(await failureOf(client.send('echo', 1))).toBe(error);
    },
  },
]);

/** Has a row start a server with hooks that note what they are called with. */
async function noteProcessing(bench: Bench, metadata: ModuleMetadata): Promise<{ notes: string[]; service: Service }> {
  const notes: string[] = [];
  const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
  server.setOnProcessingStartHook((transportId, context, done) => {
    notes.push(`start ${String(transportId === bench.transport.id)} ${(context as ProtosocketContext).getPattern()}`);
    void done();
  });
  server.setOnProcessingEndHook((transportId, context) => {
    notes.push(`end ${String(transportId === bench.transport.id)} ${(context as ProtosocketContext).getPattern()}`);
  });
  return { notes, service: await bench.started(metadata, { strategy: server }) };
}

behaviours('processing hooks', [
  {
    behaviour: 'are called at the start and at the end of a request',
    source: 'packages/microservices/server/server.ts › handleRequest',
    async test(bench) {
      const { notes, service } = await noteProcessing(bench, parts);
      expect(await all(service.client().send('nothing', {}))).toEqual([]);
      await eventually(() => notes.length === 2);
      expect(notes).toEqual(['start true nothing', 'end true nothing']);
    },
  },
  {
    behaviour: 'once for a stream',
    source: 'packages/microservices/server/server.ts › handleRequest',
    available: isNest12,
    async test(bench) {
      const { notes, service } = await noteProcessing(bench, parts);
      expect(await all(service.client().send('stream', [1, 2, 3]))).toEqual([1, 2, 3]);
      await eventually(() => notes.length >= 2);
      expect(notes).toEqual(['start true stream', 'end true stream']);
    },
  },
  {
    behaviour: 'for a request that fails',
    source: 'packages/microservices/server/server.ts › runWithProcessingHooks',
    available: isNest12,
    async test(bench) {
      const { notes, service } = await noteProcessing(bench, parts);
      expect(await failureOf(service.client().send('fails', {}))).toEqual({ code: 1 });
      await eventually(() => notes.length >= 2);
      expect(notes).toEqual(['start true fails', 'end true fails']);
    },
  },
  {
    behaviour: 'for an event',
    source: 'packages/microservices/server/server.ts › handleEvent',
    async test(bench) {
      const { notes, service } = await noteProcessing(bench, parts);
      service.client().emit('noted', 1);
      await eventually(() => notes.length >= 2);
      expect(notes).toEqual(['start true noted', 'end true noted']);
    },
  },
  {
    behaviour: 'not for a pattern that nobody handles',
    source: 'packages/microservices/server/server-tcp.ts › handleMessage',
    async test(bench) {
      const { notes, service } = await noteProcessing(bench, parts);
      const client = service.client();
      await failureOf(client.send('nobody', {}));
      await all(client.send('nothing', {}));
      await eventually(() => notes.length >= 2);
      expect(notes).toEqual(['start true nothing', 'end true nothing']);
    },
  },
  {
    behaviour: 'carry an AsyncLocalStorage to the handler',
    source: 'packages/microservices/server/server.ts › setOnProcessingStartHook',
    async test(bench) {
      const storage = new AsyncLocalStorage<string>();

      @Controller()
      class StoredController {
        @MessagePattern('stored')
        async stored(): Promise<string | undefined> {
          await Promise.resolve();
          return storage.getStore();
        }
      }

      const server = bench.transport.server({ host: '127.0.0.1', port: 0 });
      server.setOnProcessingStartHook((_, __, done) => storage.run('of the hook', () => void done()));
      const service = await bench.started({ controllers: [StoredController] }, { strategy: server });
      expect(await all(service.client().send('stored', {}))).toEqual(['of the hook']);
    },
  },
]);

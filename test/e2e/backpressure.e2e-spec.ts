import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { ResourceExhaustedError } from 'nestjs-protosocket';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { count, lastValueFrom, Observable, range } from 'rxjs';

import { builtInCodec, type Message } from '../../lib/contract/index.js';
import { Found, FrameDecoder, type FrameSink } from '../../lib/wire/index.js';
import { captureLog, closeServices, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';

const ITEM = Buffer.alloc(16 * 1024);
let pulled = 0;
let returned = false;
let unsubscribed = false;

@Controller()
class ProducersController {
  @MessagePattern('pull')
  async *pull(items: number): AsyncGenerator<Buffer> {
    try {
      for (; pulled < items; pulled++) yield await Promise.resolve(ITEM);
    } finally {
      returned = true;
    }
  }

  @MessagePattern('push')
  push(): Observable<Buffer> {
    return new Observable((subscriber) => {
      let stopped = false;
      void (async () => {
        while (!stopped) {
          subscriber.next(ITEM);
          await turn();
        }
      })();
      return () => {
        stopped = unsubscribed = true;
      };
    });
  }

  @MessagePattern('flood')
  flood(items: number): Observable<number> {
    return range(0, items);
  }

  @MessagePattern('count')
  count(items: Observable<Buffer>): Observable<number> {
    return items.pipe(count());
  }
}

const codec = builtInCodec();

/** A peer that reads only when it is told to. */
class SlowPeer {
  readonly messages: Message[] = [];
  private readonly socket: Socket;
  private readonly decoder = new FrameDecoder(codec.measure, 4 * 1024 * 1024);

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').pause();
    this.socket.on('data', (chunk: Buffer) => {
      this.decoder.push(chunk);
      while (this.decoder.next() === Found.Frame) {
        this.messages.push(codec.decode(this.decoder.bytes, this.decoder.start, this.decoder.end));
      }
    });
  }

  send(message: Message): void {
    const sink: FrameSink & { bytes: Buffer } = {
      bytes: Buffer.alloc(0),
      reserve(length) {
        this.bytes = Buffer.alloc(length);
        return 0;
      },
      commit: (end) => this.socket.write(sink.bytes.subarray(0, end)),
    };
    codec.encode(message, sink);
  }

  read(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Resolves when `value` has not changed over many turns of the event loop. */
async function settled(value: () => number): Promise<number> {
  for (let last = -1, calm = 0; calm < 200; await turn()) {
    calm = value() === last ? calm + 1 : 0;
    last = value();
  }
  return value();
}

describe('backpressure', () => {
  beforeEach(() => {
    captureLog();
    pulled = 0;
    returned = unsubscribed = false;
  });
  afterEach(closeServices);

  it('an async iterable is asked for items only while there is room', async () => {
    const { port } = await startService([ProducersController]);
    const peer = new SlowPeer(port);
    peer.send({ id: 1, code: 0, route: 'pull', body: 2_000 });
    const before = await settled(() => pulled);
    // What the two kernels hold, not the 32 MB of the whole stream.
    expect(before).toBeLessThan(1_000);
    peer.read();
    await eventually(() => peer.messages.at(-1)?.code === 2);
    expect(peer.messages).toHaveLength(2_001);
    peer.close();
  });

  it('an iterable that waits for room is closed when its peer goes', async () => {
    const { port, server } = await startService([ProducersController]);
    const peer = new SlowPeer(port);
    peer.send({ id: 1, code: 0, route: 'pull', body: 1_000_000 });
    await settled(() => pulled);
    peer.close();
    await eventually(() => returned);
    await eventually(() => server.getStats().connections === 0);
  });

  it('an Observable that outruns its peer fails alone, and is unsubscribed', async () => {
    const { port } = await startService([ProducersController], { streamBufferSize: 256 * 1024 });
    const peer = new SlowPeer(port);
    peer.send({ id: 1, code: 0, route: 'push', body: {} });
    await eventually(() => unsubscribed);
    peer.send({ id: 2, code: 0, route: 'flood', body: 3 });
    peer.read();
    await eventually(() => peer.messages.some(({ id }) => id === 2));
    const ending = peer.messages.findLast(({ id }) => id === 1);
    expect(ending?.status?.code).toBe('RESOURCE_EXHAUSTED');
    peer.close();
  });

  it('an Observable that emits all at once to a peer that reads is not cut', async () => {
    const client = (await startService([ProducersController])).client();
    expect(await lastValueFrom(client.send('flood', 20_000).pipe(count()))).toBe(20_000);
  });

  it('a request stream from an iterable is pulled only while there is room, and arrives whole', async () => {
    const client = (await startService([ProducersController])).client();
    async function* items(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 3_000; i++) yield await Promise.resolve(ITEM);
    }
    expect(await lastValueFrom(client.send('count', items()))).toBe(3_000);
  });

  it('a request stream from an Observable that outruns the server fails alone', async () => {
    const service = await startService([ProducersController]);
    const client = service.client({ streamBufferSize: 64 * 1024 });
    await client.connect();
    // All in one tick, so the server cannot have read any of it.
    const burst = new Observable<Buffer>((subscriber) => {
      for (let i = 0; i < 2_000 && !subscriber.closed; i++) subscriber.next(ITEM);
      subscriber.complete();
    });
    await expect(lastValueFrom(client.send('count', burst))).rejects.toBeInstanceOf(ResourceExhaustedError);
    expect(await lastValueFrom(client.send('flood', 3).pipe(count()))).toBe(3);
  });
});

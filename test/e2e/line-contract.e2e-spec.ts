import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, RpcException } from '@nestjs/microservices';
import {
  type ClientProtosocket,
  NotSerializableError,
  PROTOSOCKET,
  ProtosocketRecordBuilder,
} from 'nestjs-protosocket';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { from, lastValueFrom, type Observable, of, toArray } from 'rxjs';

import { captureLog, closeServices, type Service, startService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { lineContract } from '../support/line-contract.js';

/** Events that were taken, in order. */
const taken: string[] = [];
let release: (() => void) | undefined;

@Controller()
class LinesController {
  @MessagePattern('echo')
  echo(text: string): string {
    return text;
  }

  /** Takes its time, and every call another. */
  @MessagePattern('random', PROTOSOCKET, { replyOrder: 'concurrent' })
  async random(text: string): Promise<string> {
    await sleep(Math.random() * 20);
    return `random ${text}`;
  }

  @MessagePattern('wait')
  async wait(text: string): Promise<string> {
    await new Promise<void>((resolve) => (release = resolve));
    return `waited ${text}`;
  }

  @MessagePattern('items')
  items(text: string): Observable<string> {
    return from(text.split(''));
  }

  @MessagePattern('nothing')
  nothing(): void {
    return undefined;
  }

  @MessagePattern('no line')
  noLine(): string {
    return 'unused';
  }

  @MessagePattern('two-lines')
  twoLines(): string {
    return 'one\ntwo';
  }

  @MessagePattern('object')
  object(): object {
    return { not: 'a line' };
  }

  @MessagePattern('throw')
  throw(text: string): never {
    throw new RpcException(`cannot ${text}`);
  }

  @EventPattern<string>('event')
  event(text: string): void {
    taken.push(text);
  }
}

/** A person with telnet. */
class Telnet {
  private received = '';

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => (this.received += chunk.toString()));
  }

  static async to(port: number): Promise<Telnet> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    opened.push(socket);
    return new Telnet(socket);
  }

  get lines(): string[] {
    return this.received.split('\n').slice(0, -1);
  }

  /** The next `count` lines, and that no more have come. */
  async read(count: number): Promise<string[]> {
    await eventually(() => this.lines.length >= count);
    const { lines } = this;
    expect(lines).toHaveLength(count);
    this.received = '';
    return lines;
  }
}

const opened: Socket[] = [];

/** One of each kind, and what is replied. */
const session: [string, string][] = [
  ['echo hello', 'hello'],
  ['random a', 'random a'],
  ['echo two words', 'two words'],
  ['echo', ''],
  ['echo  a\u2028b ', ' a\u2028b '],
  ['items abc', 'a'],
  ['items', ''],
  ['nothing x', ''],
  ['random b', 'random b'],
  ['throw it', '! cannot it'],
  ['echo ü€𝄞', 'ü€𝄞'],
  ['nobody x', '! There is no matching message handler defined in the remote service.'],
  ['', '! There is no matching message handler defined in the remote service.'],
  ['two-lines x', '! Not the text of a line: "one\\ntwo"'],
  ['object x', '! Not the text of a line: {"not":"a line"}'],
  ['event x', ''],
  ['echo bye', 'bye'],
];
const asked = (end: string): Buffer => Buffer.from(session.map(([request]) => request + end).join(''));
const replied = session.map(([, reply]) => reply);

describe('a contract of lines', () => {
  let service: Service;

  beforeEach(async () => {
    captureLog();
    taken.length = 0;
    release = undefined;
    service = await startService([LinesController], { contract: lineContract, maxCallsInFlight: 10_000 });
  });
  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    await closeServices();
  });

  describe('with telnet', () => {
    it.each([
      ['all at once', '\n'],
      ['all at once, with CRLF', '\r\n'],
    ])('answers what is sent %s', async (_, end) => {
      const telnet = await Telnet.to(service.port);
      telnet.socket.write(asked(end));
      expect(await telnet.read(replied.length)).toEqual(replied);
    });

    it('answers what is sent byte by byte', async () => {
      const telnet = await Telnet.to(service.port);
      for (const byte of asked('\r\n')) {
        telnet.socket.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await telnet.read(replied.length)).toEqual(replied);
    });

    it('answers what is sent in two parts, wherever they meet', async () => {
      const telnet = await Telnet.to(service.port);
      const lines = Buffer.from('echo a\r\necho ü\nrandom b\n');
      for (let at = 1; at < lines.length; at++) {
        telnet.socket.write(lines.subarray(0, at));
        await sleep(1);
        telnet.socket.write(lines.subarray(at));
        expect(await telnet.read(3)).toEqual(['a', 'ü', 'random b']);
      }
    });

    it('holds back what is ready, until the reply before it is', async () => {
      const telnet = await Telnet.to(service.port);
      telnet.socket.write('wait 1\necho 2\necho 3\n');
      await eventually(() => release !== undefined);
      await sleep(20);
      expect(telnet.lines).toEqual([]);
      release!();
      expect(await telnet.read(3)).toEqual(['waited 1', '2', '3']);
    });

    it('refuses in its turn what comes while the server closes', async () => {
      const telnet = await Telnet.to(service.port);
      telnet.socket.write('wait 1\n');
      await eventually(() => release !== undefined);
      const closed = service.server.close();
      await eventually(() => !service.server.unwrap().listening);
      telnet.socket.write('echo 2\n');
      await sleep(20);
      release!();
      expect(await telnet.read(2)).toEqual(['waited 1', '! The server is closing']);
      await closed;
    });
  });

  describe('with a client', () => {
    let client: ClientProtosocket;
    const ask = (pattern: string, data: unknown): Promise<unknown> =>
      lastValueFrom(client.send<unknown>(pattern, data), { defaultValue: 'no item' });

    beforeEach(() => {
      client = service.client({ contract: lineContract });
    });

    it('gives each of thousands of calls its own reply, although the handlers finish in random order', async () => {
      const numbers = Array.from({ length: 5_000 }, (_, i) => `number ${i}`);
      const replies = await Promise.all(numbers.map((number) => ask('random', number)));
      expect(replies).toEqual(numbers.map((number) => `random ${number}`));
    }, 20_000);

    it('gives each call its own reply, between those that fail, are cancelled, time out or were never sent', async () => {
      const outcomes: Promise<unknown>[] = [];
      const expected: unknown[] = [];
      const make = (outcome: Promise<unknown>, value: unknown): void => {
        outcomes.push(outcome.catch((error: { code?: string; message: string }) => error.code ?? error.message));
        expected.push(value);
      };
      await client.connect();
      for (let i = 0; i < 1_500; i++) {
        if (i % 3 === 0) make(ask('random', String(i)), `random ${i}`);
        if (i % 5 === 0) make(ask('throw', String(i)), `cannot ${i}`);
        if (i % 7 === 0) make(ask('echo', `two\nlines ${i}`), 'NOT_SERIALIZABLE');
        if (i % 7 === 1) make(ask('two words', String(i)), 'NOT_SERIALIZABLE');
        if (i % 7 === 2) make(ask('echo', of(String(i), 'stream')), 'NOT_SERIALIZABLE');
        if (i % 11 === 0) client.send('random', String(i)).subscribe().unsubscribe();
        if (i % 100 === 0) {
          make(ask('wait', new ProtosocketRecordBuilder('too long').setTimeout(1).build()), 'DEADLINE_EXCEEDED');
          await outcomes.at(-1);
          await eventually(() => release !== undefined);
          release!();
          release = undefined;
        }
        if (i % 17 === 0) make(lastValueFrom(client.emit('event', String(i))), undefined);
        make(ask('echo', `${i}`), `${i}`);
      }
      expect(await Promise.all(outcomes)).toEqual(expected);
    }, 20_000);

    it('has one reply for a handler that has many items, or none', async () => {
      const answers = ['abc', '', 'x'].map((text) => lastValueFrom(client.send('items', text).pipe(toArray())));
      expect(await Promise.all([...answers, ask('nothing', 'x')])).toEqual([['a'], [''], ['x'], '']);
    });

    it('takes no reply to an event for that of another call, also if nobody waits for it', async () => {
      const careless = service.client({ contract: lineContract, acknowledgeEvents: false });
      await careless.connect();
      careless.emit('event', 'a');
      const first = lastValueFrom(careless.send('echo', '1'));
      careless.emit('nobody', 'b');
      careless.emit('event', 'c');
      const second = lastValueFrom(careless.send('echo', '2'));
      expect(await Promise.all([first, second])).toEqual(['1', '2']);
      expect(taken).toEqual(['a', 'c']);
    });

    it('sends nothing of a text that would be two requests', async () => {
      await expect(ask('echo', 'a\necho b')).rejects.toThrow(NotSerializableError);
      expect(await ask('echo', 'c')).toBe('c');
    });
  });
});

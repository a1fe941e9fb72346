import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Message } from '../../lib/contract/index.js';
import { HANDLER_FAILED, NotSerializableError } from '../../lib/errors/index.js';
import { ControlCode, Found, FrameDecoder } from '../../lib/wire/index.js';
import { frameOf } from '../support/messages.js';
import { respContract } from '../support/resp-contract.js';

const { replies, requests } = respContract;
const calls = { routeOf: () => undefined };
const command = (route: string, body: unknown): Message => ({ id: 1, code: ControlCode.Normal, route, body });

/** The replies in `chunks`, and what is left over. */
function read(chunks: readonly Buffer[]): { values: unknown[]; decoder: FrameDecoder } {
  const decoder = new FrameDecoder(replies.measure, 64 * 1024 * 1024);
  const values: unknown[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    while (decoder.next() === Found.Frame) {
      const { body, status } = replies.decode(decoder.bytes, decoder.start, decoder.end, calls);
      values.push(status ?? body);
    }
  }
  return { values, decoder };
}

const splitAt = (bytes: Buffer, ...places: number[]): Buffer[] =>
  [0, ...places].map((place, i) => bytes.subarray(place, places[i]));
const everyByte = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.of(byte));

const samples: [string, unknown][] = [
  ['+OK\r\n', 'OK'],
  ['+\r\n', ''],
  [':0\r\n', 0],
  [':-42\r\n', -42],
  [':9223372036854775807\r\n', 9_223_372_036_854_775_807n],
  ['$-1\r\n', null],
  ['*-1\r\n', null],
  ['$0\r\n\r\n', Buffer.alloc(0)],
  ['$5\r\na\r\nb\0\r\n', Buffer.from('a\r\nb\0')],
  ['*0\r\n', []],
  ['*3\r\n:1\r\n$1\r\na\r\n$-1\r\n', [1, Buffer.from('a'), null]],
  ['*2\r\n*2\r\n+a\r\n*0\r\n*1\r\n*1\r\n:1\r\n', [['a', []], [[1]]]],
  ['*2\r\n-ERR in a transaction\r\n:2\r\n', [{ code: 'ERR', message: 'in a transaction' }, 2]],
  [
    '-WRONGTYPE Operation against a key\r\n',
    {
      code: HANDLER_FAILED,
      message: 'Operation against a key',
      details: { code: 'WRONGTYPE', message: 'Operation against a key' },
    },
  ],
];
const all = Buffer.from(samples.map(([text]) => text).join(''));
const values = samples.map(([, value]) => value);

describe('replies of RESP', () => {
  it.each(samples)('has a reply %j', (text, value) => {
    expect(read([Buffer.from(text)]).values).toEqual([value]);
  });

  it('reads them all from one chunk, byte by byte, and in two parts wherever they meet', () => {
    expect(read([all]).values).toEqual(values);
    expect(read(everyByte(all)).values).toEqual(values);
    for (let at = 0; at <= all.length; at++) expect(read(splitAt(all, at)).values).toEqual(values);
  });

  it('reads them in any chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), { maxLength: 30 }), (places) => {
        const { values: found, decoder } = read(splitAt(all, ...places.sort((a, b) => a - b)));
        expect(found).toEqual(values);
        expect(decoder.hasPartial).toBe(false);
      }),
    );
  });

  it('reads anything that it has written', () => {
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        fc.constant(null),
        fc.maxSafeInteger(),
        fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        fc.array(tie('any'), { maxLength: 5 }),
      ),
    })).any;
    const written = (each: unknown): Buffer => {
      if (each === null) return Buffer.from('$-1\r\n');
      if (typeof each === 'number') return Buffer.from(`:${each}\r\n`);
      if (Buffer.isBuffer(each)) return Buffer.concat([Buffer.from(`$${each.length}\r\n`), each, Buffer.from('\r\n')]);
      const items = each as unknown[];
      return Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items.map(written)]);
    };
    fc.assert(
      fc.property(fc.array(value, { maxLength: 10 }), fc.integer({ min: 1, max: 50 }), (each, size) => {
        const bytes = Buffer.concat(each.map(written));
        const places = Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => (i + 1) * size);
        expect(read(splitAt(bytes, ...places)).values).toEqual(each);
      }),
    );
  });

  it('tells the length of a bulk string before it has come', () => {
    const head = Buffer.from('$4194304\r\n');
    expect(replies.measure(head, 0, head.length)).toBe(head.length + 4_194_304 + 2);
  });

  it('takes nothing that lies behind the end for a reply', () => {
    const bytes = Buffer.from('xx$1\r\n');
    expect(replies.measure(bytes, 2, 4)).toBe(0);
    expect(replies.measure(Buffer.from('+OK\r\n'), 0, 4)).toBe(0);
  });

  it('reads arrays of any depth', () => {
    const depth = 500_000;
    const { values: found } = read([Buffer.from(`${'*1\r\n'.repeat(depth)}:7\r\n`)]);
    let [value] = found;
    let levels = 0;
    for (; Array.isArray(value); levels++) value = (value as unknown[])[0];
    expect([levels, value]).toEqual([depth, 7]);
  });

  it('walks a long array once, in however many chunks it comes', () => {
    const length = 200_000;
    const bytes = Buffer.from(`*${length}\r\n${'$1\r\na\r\n'.repeat(length)}`);
    const places = Array.from({ length: Math.floor(bytes.length / 100) }, (_, i) => (i + 1) * 100);
    const { values: found } = read(splitAt(bytes, ...places));
    expect(found).toHaveLength(1);
    expect(found[0]).toHaveLength(length);
  }, 5_000);

  it.each(['?\r\n', 'OK\r\n', '$x\r\n', '$\r\n', '$-2\r\n', '*-2\r\n', ':1.5\r\n', '%1\r\n', '+no carriage return\n'])(
    'takes %j for no reply',
    (text) => {
      expect(read([Buffer.from(text)]).decoder.violation).toBeDefined();
      expect(read(everyByte(Buffer.from(text))).decoder.violation).toBeDefined();
    },
  );

  it('waits for no line that is longer than redis itself allows', () => {
    expect(read([Buffer.from(`+${'x'.repeat(70_000)}`)]).decoder.violation).toBeDefined();
  });
});

describe('commands of RESP', () => {
  it.each([
    ['PING', [], '*1\r\n$4\r\nPING\r\n'],
    ['SET', ['key', 'ü\r\n'], '*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$4\r\nü\r\n\r\n'],
    ['CONFIG GET', ['save'], '*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$4\r\nsave\r\n'],
    ['LRANGE', ['list', 0, -1], '*4\r\n$6\r\nLRANGE\r\n$4\r\nlist\r\n$1\r\n0\r\n$2\r\n-1\r\n'],
  ])('has %s %j', (route, body, text) => {
    expect(frameOf(requests, command(route, body)).toString()).toBe(text);
  });

  it('has bytes as they are', () => {
    const bytes = Buffer.from([0, 13, 10, 255]);
    const frame = frameOf(requests, command('ECHO', [new Uint8Array(bytes)]));
    expect(frame.subarray(-6, -2)).toEqual(bytes);
  });

  it.each([
    ['arguments that are no array', 'SET', 'key'],
    ['an argument that is no text', 'SET', ['key', { a: 1 }]],
    ['a command with any number of replies', 'subscribe', ['channel']],
    ['one that switches replies off', 'CLIENT', ['REPLY', 'OFF']],
    ['one that does so in its pattern', 'client reply', ['OFF']],
  ])('refuses %s', (_, route, body) => {
    expect(() => frameOf(requests, command(route, body))).toThrow(NotSerializableError);
  });
});

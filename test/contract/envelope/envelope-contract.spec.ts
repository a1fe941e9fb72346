import { describe, expect, it } from '@jest/globals';

import { type Arms, FieldArms, OnlyArm, ValueArms, VariantArms } from '../../../lib/contract/envelope/arms.js';
import { CallMessages } from '../../../lib/contract/envelope/call-message.js';
import { type EnvelopeOptions, envelopeContract } from '../../../lib/contract/envelope/envelope-contract.js';
import type { Fields, MessageFormat } from '../../../lib/contract/envelope/message-format.js';
import { type Codec, type Message, WholeResponse } from '../../../lib/contract/index.js';
import {
  HANDLER_FAILED,
  InvalidContractError,
  NotSerializableError,
  ProtocolViolationError,
  type Status,
  UnreadablePayloadError,
} from '../../../lib/errors/index.js';
import { ControlCode, type MessageId, UNKNOWN_LENGTH } from '../../../lib/wire/index.js';
import { RecordingSink } from '../../support/recording-sink.js';

const { Cancel, End, Normal } = ControlCode;
const LINE_FEED = 0x0a;

/** Lines of JSON. `accepts` stands in for a schema. */
function json(accepts: (fields: Fields) => boolean = () => true): MessageFormat {
  return {
    measure(bytes, start, end) {
      const at = bytes.indexOf(LINE_FEED, start);
      return at < 0 || at >= end ? UNKNOWN_LENGTH : at + 1 - start;
    },
    read: (bytes, start, end) => JSON.parse(bytes.toString('utf8', start, end)) as Fields,
    write(fields, out) {
      if (!accepts(fields)) throw new NotSerializableError('The schema has no such message');
      const line = JSON.stringify(fields, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      const start = out.reserve(Buffer.byteLength(line) + 1);
      out.commit(start + out.bytes.write(`${line}\n`, start));
    },
  };
}

const fieldArms = (...names: string[]): Arms => new FieldArms(names.map((name) => name.split('.')));
const messages = new CallMessages('id', 'code');
const side = (arms: Arms, format = json(), others: readonly string[] = []): EnvelopeOptions['requests'] => ({
  format,
  messages,
  arms,
  fields: ['id', 'code', ...arms.names, ...others],
});

/** `get` is answered by `value`, `list` is a stream of `item`, `flush` has the whole response as its reply. */
const options: EnvelopeOptions = {
  requests: side(fieldArms('get', 'list', 'flush')),
  replies: side(fieldArms('value', 'item', 'failed')),
  routes: { get: { response: 'value' }, list: { reply: 'stream', response: 'item' } },
};
const withoutError = envelopeContract(options);
const withError = envelopeContract({ ...options, error: { arm: 'failed' } });

function written(codec: Codec, message: Partial<Message>): Fields[] {
  const sink = new RecordingSink();
  codec.encode({ id: 7, code: Normal, ...message }, sink);
  return sink.committed.map((line) => JSON.parse(line.toString()) as Fields);
}

function read(
  codec: Codec,
  fields: unknown,
  routeOf: (id: MessageId) => string | undefined = () => undefined,
): Message {
  const bytes = Buffer.from(typeof fields === 'string' ? fields : JSON.stringify(fields));
  return codec.decode(bytes, 0, bytes.length, { routeOf });
}

const reply = (route: string, fields: Fields, contract = withError): Message =>
  read(contract.replies, { id: 7, code: Normal, ...fields }, (id) => (id === 7 ? route : undefined));

describe('requests of an envelope', () => {
  const { requests } = withError;

  it('have their payload in the arm of their route', () => {
    expect(written(requests, { route: 'get', body: { key: 1 } })).toEqual([{ id: 7, code: Normal, get: { key: 1 } }]);
    expect(read(requests, { id: 7, code: Normal, get: { key: 1 } })).toEqual({
      id: 7,
      code: Normal,
      route: 'get',
      body: { key: 1 },
    });
  });

  it('have a Cancel without a payload', () => {
    expect(written(requests, { code: Cancel })).toEqual([{ id: 7, code: Cancel }]);
    expect(read(requests, { id: 7, code: Cancel, get: {} })).toMatchObject({ code: Cancel, route: undefined });
  });

  it.each<[string, Partial<Message>]>([
    ['a route that is no arm', { route: 'put', body: {} }],
    ['no route', { body: {} }],
    ['a request stream', { route: 'get', more: true }],
    ['a payload that would leave no arm', { route: 'get', body: null }],
    ['no payload, which would leave no arm', { route: 'get' }],
  ])('cannot have %s', (_, message) => {
    expect(() => written(requests, message)).toThrow(NotSerializableError);
  });

  it('have no route where they have no arm, or one that is not known', () => {
    expect(read(requests, { id: 7, code: Normal })).toMatchObject({ route: undefined, body: undefined });
    expect(read(requests, { id: 7, code: Normal, put: {} })).toMatchObject({ route: undefined });
    expect(read(requests, { id: 7, code: Normal, get: null })).toMatchObject({ route: undefined });
  });

  it('are measured by their format', () => {
    expect(requests.measure(Buffer.from('{}\n{'), 0, 4)).toBe(3);
    expect(requests.measure(Buffer.from('{}\n{'), 0, 2)).toBe(UNKNOWN_LENGTH);
  });

  it.each<[string, unknown, MessageId]>([
    ['a number', 5, 5],
    ['the text of a number', '5', 5],
    ['the text of a large number', '18446744073709551615', 2n ** 64n - 1n],
    ['the text of the largest exact number', '9007199254740991', 2 ** 53 - 1],
    ['the text of one above it', '9007199254740992', 2n ** 53n],
    ['the text of the smallest exact number', '-9007199254740991', -(2 ** 53 - 1)],
    ['the text of one below it', '-9007199254740993', -(2n ** 53n) - 1n],
    ['the text of the smallest of 64 bits', '-9223372036854775808', -(2n ** 63n)],
    ['nothing, which is 0', undefined, 0],
    ['null, which is 0', null, 0],
  ])('have an id that is %s', (_, id, expected) => {
    expect(read(requests, { id, code: Normal, get: {} }).id).toBe(expected);
    expect(read(withError.replies, { id, code: Normal }).id).toBe(expected);
  });

  it('have an id that the format reads as a bigint', () => {
    const format = { ...json(), read: () => ({ id: 5n, code: 1n }) };
    const { requests: bigint } = envelopeContract({ ...options, requests: side(options.requests.arms, format) });
    expect(read(bigint, {})).toMatchObject({ id: 5, code: Cancel });
  });

  it.each([
    [0, Normal],
    [undefined, Normal],
    [1, Cancel],
    [2, End],
    [3, Cancel],
    [255, Cancel],
    // As upstream, whose codes are bytes.
    [256, Normal],
    ['2', End],
  ])('have a control code %j, which is %s', (code, expected) => {
    expect(read(requests, { id: 7, code, get: {} }).code).toBe(expected);
  });

  it.each([
    ['that are none of its format', 'no JSON'],
    ['whose id is no number', { id: 'seven', code: Normal, get: {} }],
    ['whose id is an object', { id: { low: 7 }, code: Normal, get: {} }],
    ['whose control code is no number', { id: 7, code: 'Cancel', get: {} }],
  ])('%s are a violation', (_, fields) => {
    expect(() => read(requests, fields)).toThrow(ProtocolViolationError);
  });

  it('that are no message say why', () => {
    const refusing = (reason: unknown): MessageFormat => ({
      ...json(),
      read: () => {
        throw reason;
      },
    });
    for (const reason of [new Error('key is missing'), 'key is missing']) {
      const { requests } = envelopeContract({ ...options, requests: side(options.requests.arms, refusing(reason)) });
      expect(() => read(requests, {})).toThrow('a frame that is no message of the contract: key is missing');
    }
  });

  it('pass on what their format throws on purpose', () => {
    const error = new NotSerializableError('on purpose');
    const format: MessageFormat = {
      ...json(),
      read: () => {
        throw error;
      },
    };
    const { requests: throwing } = envelopeContract({ ...options, requests: side(options.requests.arms, format) });
    expect(() => read(throwing, {})).toThrow(error);
  });
});

describe('replies of an envelope', () => {
  const { replies } = withError;

  it('to a unary call have their payload in the arm of the route, and are its end', () => {
    expect(written(replies, { route: 'get', body: 1 })).toEqual([{ id: 7, code: Normal, value: 1 }]);
    expect(reply('get', { value: 1 })).toEqual({ id: 7, code: Normal, more: false, body: 1 });
  });

  it('to a unary call without a payload have no arm', () => {
    for (const message of [{ body: undefined }, { body: null }, { code: End }]) {
      expect(written(replies, { route: 'get', ...message })).toEqual([{ id: 7, code: Normal }]);
    }
    expect(reply('get', {})).toEqual({ id: 7, code: Normal, more: false, body: undefined });
  });

  it('of a stream are items, and then an End', () => {
    expect(written(replies, { route: 'list', body: 1, more: true })).toEqual([{ id: 7, code: Normal, item: 1 }]);
    expect(written(replies, { route: 'list', code: End })).toEqual([{ id: 7, code: End }]);
    expect(written(replies, { route: 'list', body: 2 })).toEqual([
      { id: 7, code: Normal, item: 2 },
      { id: 7, code: End },
    ]);
    expect(written(replies, { route: 'list' })).toEqual([{ id: 7, code: End }]);
    expect(reply('list', { item: 1 })).toMatchObject({ more: true, body: 1 });
    expect(reply('list', { code: End })).toEqual({ id: 7, code: End });
  });

  it('of a stream have items without a payload as well', () => {
    for (const body of [undefined, null]) {
      expect(written(replies, { route: 'list', body, more: true })).toEqual([{ id: 7, code: Normal }]);
    }
    expect(reply('list', {})).toMatchObject({ code: Normal, more: true, body: undefined });
  });

  it('have a Cancel without a payload', () => {
    for (const route of ['get', 'list', undefined]) {
      expect(written(replies, { route, code: Cancel })).toEqual([{ id: 7, code: Cancel }]);
    }
    expect(reply('get', { code: Cancel })).toEqual({ id: 7, code: Cancel });
    expect(reply('list', { code: Cancel })).toEqual({ id: 7, code: Cancel });
  });

  it('with an End and no reply are, for a unary call, a Cancel', () => {
    expect(reply('get', { code: End })).toEqual({ id: 7, code: Cancel });
  });

  it('may be whole responses, where the route has no arm of its own', () => {
    expect(written(replies, { route: 'flush', body: { value: 1, item: 2 } })).toEqual([
      { id: 7, code: Normal, value: 1, item: 2 },
    ]);
    expect(reply('flush', { value: 1, item: 2 }).body).toEqual({ value: 1, item: 2 });
    expect(reply('flush', { value: 1, item: 2 }, withoutError).body).toEqual({ value: 1, item: 2 });
  });

  it.each([['a text'], [1], [['an array']], [Buffer.of(1)]])('are no whole response as %j', (body) => {
    expect(() => written(replies, { route: 'flush', body })).toThrow(NotSerializableError);
  });

  it.each<[string, string, unknown]>([
    ['a reply without an arm', 'flush', { valeu: 1 }],
    ['a whole response in place of an arm', 'get', new WholeResponse({ valeu: 2 })],
  ])('are no whole response without a field that there is: %s', (_, route, body) => {
    expect(() => written(replies, { route, body })).toThrow(NotSerializableError);
    expect(() => written(replies, { route, body })).toThrow('no field "valeu": it has id, code, value, item, failed');
  });

  it('may be a whole response without a field, also if one is said to be nothing', () => {
    for (const body of [undefined, {}, { valeu: undefined }, new WholeResponse({ valeu: undefined })]) {
      expect(written(replies, { route: 'flush', body })).toEqual([{ id: 7, code: Normal }]);
    }
  });

  it('may have more than a whole response has', () => {
    for (const more of [{ cachedAt: 5 }, { item: null }]) {
      expect(written(replies, { route: 'flush', body: { value: 1, ...more } })).toMatchObject([{ id: 7, value: 1 }]);
    }
  });

  it('may be whole responses in place of an arm, which keep the id and code of their call', () => {
    const body = new WholeResponse({ failed: { message: 'no' }, id: 1, code: 2 });
    expect(written(replies, { route: 'get', body })).toEqual([{ id: 7, code: Normal, failed: { message: 'no' } }]);
  });

  it('in the arm of another route cannot be read', () => {
    expect(reply('get', { item: 1 }).unreadable).toBeInstanceOf(UnreadablePayloadError);
    expect(reply('list', { value: 1 })).toMatchObject({ more: true, unreadable: expect.any(UnreadablePayloadError) });
  });

  it('that come late for their call have nothing but its id', () => {
    expect(reply('get', { id: 8, value: 1 })).toEqual({ id: 8, code: Normal });
    expect(reply('get', { id: 8, code: End })).toEqual({ id: 8, code: End });
  });

  it('ask for the route of an id in its one form', () => {
    const asked: MessageId[] = [];
    for (const id of ['5', '18446744073709551615']) {
      read(replies, { id, code: Normal, value: 1 }, (each) => {
        asked.push(each);
        return 'get';
      });
    }
    expect(asked).toEqual([5, 2n ** 64n - 1n]);
  });
});

describe('failures of an envelope', () => {
  const status = { code: 'NO_HANDLER', message: 'nobody' };
  const thrown = { code: HANDLER_FAILED, message: 'spilt', details: { reason: 'milk' } };

  it('without an arm for them are a Cancel, of a stream as well', () => {
    for (const route of ['get', 'list', undefined]) {
      expect(written(withoutError.replies, { route, status })).toEqual([{ id: 7, code: Cancel }]);
    }
  });

  it('travel in their arm', () => {
    expect(written(withError.replies, { route: 'get', status })).toEqual([{ id: 7, code: Normal, failed: status }]);
    expect(written(withError.replies, { route: undefined, status })).toEqual([{ id: 7, code: Normal, failed: status }]);
    expect(reply('get', { failed: status })).toMatchObject({ code: Normal, status });
    expect(reply('flush', { failed: status })).toMatchObject({ code: Normal, status });
  });

  it('of a stream are followed by its End', () => {
    expect(written(withError.replies, { route: 'list', status })).toEqual([
      { id: 7, code: Normal, failed: status },
      { id: 7, code: End },
    ]);
    expect(reply('list', { failed: status })).toMatchObject({ status });
  });

  it('of a handler are what it threw', () => {
    expect(written(withError.replies, { route: 'get', status: thrown })).toEqual([
      { id: 7, code: Normal, failed: { message: 'spilt', reason: 'milk' } },
    ]);
    expect(reply('get', { failed: { reason: 'milk' } }).status).toEqual({
      code: HANDLER_FAILED,
      message: '',
      details: { reason: 'milk' },
    });
  });

  it.each([['a text'], [['an array']], [null], [undefined]])(
    'of a handler that threw %j, which is no payload, are its code and message',
    (details) => {
      expect(written(withError.replies, { route: 'get', status: { ...thrown, details } })).toEqual([
        { id: 7, code: Normal, failed: { code: HANDLER_FAILED, message: 'spilt' } },
      ]);
    },
  );

  it.each<[string, (failed: Fields) => boolean, unknown]>([
    ['what the handler threw', () => true, { message: 'spilt', reason: 'milk' }],
    ['its code and message', ({ reason }) => !reason, { code: HANDLER_FAILED, message: 'spilt' }],
    ['its message', (failed) => typeof failed === 'string', 'spilt'],
  ])('are told by %s, if that is what the format takes', (_, takes, failed) => {
    const accepts = (fields: Fields): boolean => !fields.failed || takes(fields.failed as Fields);
    const { replies } = envelopeContract({
      ...options,
      replies: side(options.replies.arms, json(accepts)),
      error: { arm: 'failed' },
    });
    expect(written(replies, { route: 'get', status: thrown })).toEqual([{ id: 7, code: Normal, failed }]);
  });

  it('that are a text are the message of a handler, as that of an RpcException', () => {
    expect(reply('get', { failed: 'spilt' }).status).toEqual({ code: HANDLER_FAILED, message: 'spilt' });
  });

  it('are a Cancel, and nothing more, if the format takes none of it', () => {
    const { replies } = envelopeContract({
      ...options,
      replies: side(
        options.replies.arms,
        json(({ failed }) => !failed),
      ),
      error: { arm: 'failed' },
    });
    for (const route of ['get', 'list']) {
      expect(written(replies, { route, status: thrown })).toEqual([{ id: 7, code: Cancel }]);
    }
  });

  describe('of one route', () => {
    const arms = fieldArms('value', 'item', 'failed', 'refused');
    const each = envelopeContract({
      ...options,
      replies: side(arms),
      routes: {
        get: { response: 'value', error: 'refused' },
        list: { reply: 'stream', response: 'item', error: false },
        flush: { error: undefined },
      },
      error: 'failed',
    });

    it('have an arm of their own, before that of the contract', () => {
      expect(written(each.replies, { route: 'get', status })).toEqual([{ id: 7, code: Normal, refused: status }]);
      expect(reply('get', { refused: status }, each)).toMatchObject({ code: Normal, status });
      expect(reply('get', { failed: status }, each).unreadable).toBeInstanceOf(UnreadablePayloadError);
    });

    it('are a Cancel, though the contract has an arm for others', () => {
      expect(written(each.replies, { route: 'list', status })).toEqual([{ id: 7, code: Cancel }]);
      expect(reply('list', { failed: status }, each).unreadable).toBeInstanceOf(UnreadablePayloadError);
    });

    it('are as the contract says where the route does not', () => {
      for (const route of ['flush', undefined]) {
        expect(written(each.replies, { route, status })).toEqual([{ id: 7, code: Normal, failed: status }]);
      }
      expect(reply('flush', { failed: status }, each).status).toEqual(status);
      expect(reply('flush', { refused: status }, each)).toMatchObject({ body: { refused: status } });
    });

    it('have an arm where those of the contract have none, and a form of their own', () => {
      const only = envelopeContract({
        ...options,
        routes: {
          list: {
            reply: 'stream',
            response: 'item',
            error: {
              arm: 'failed',
              encode: ({ message }) => ({ text: message }),
              decode: (payload) => ({ code: 'UNAVAILABLE', message: (payload as { text: string }).text }),
            },
          },
        },
      });
      expect(written(only.replies, { route: 'list', status })).toEqual([
        { id: 7, code: Normal, failed: { text: 'nobody' } },
        { id: 7, code: End },
      ]);
      expect(reply('list', { failed: { text: 'late' } }, only).status).toEqual({
        code: 'UNAVAILABLE',
        message: 'late',
      });
      for (const route of ['get', undefined]) {
        expect(written(only.replies, { route, status })).toEqual([{ id: 7, code: Cancel }]);
      }
      expect(reply('flush', { failed: status }, only).body).toEqual({ failed: status });
    });
  });

  describe('with a form of their own', () => {
    const own = envelopeContract({
      ...options,
      error: {
        arm: 'failed',
        encode: ({ code, message }) => {
          if (message === 'throw') throw new Error('encode');
          return message === 'default' ? undefined : { number: code.length };
        },
        decode: (payload) => {
          if (payload === 'throw') throw new Error('decode');
          return { code: 'UNAVAILABLE', message: String((payload as { number: number }).number) };
        },
      },
    });

    it('are written and read by it', () => {
      expect(written(own.replies, { route: 'get', status })).toEqual([
        { id: 7, code: Normal, failed: { number: status.code.length } },
      ]);
      expect(reply('get', { failed: { number: 3 } }, own).status).toEqual({ code: 'UNAVAILABLE', message: '3' });
    });

    it('that does not take what a handler threw are written by it without that', () => {
      const picky = envelopeContract({
        ...options,
        error: {
          arm: 'failed',
          encode: ({ details, message }) => {
            if (details !== undefined) throw new Error('encode');
            return { text: message };
          },
        },
      });
      expect(written(picky.replies, { route: 'get', status: thrown })).toEqual([
        { id: 7, code: Normal, failed: { text: 'spilt' } },
      ]);
    });

    it('are written as any other, where it has none or throws', () => {
      for (const message of ['default', 'throw']) {
        expect(written(own.replies, { route: 'get', status: { code: 'NO_HANDLER', message } })).toEqual([
          { id: 7, code: Normal, failed: { code: 'NO_HANDLER', message } },
        ]);
      }
    });

    it('cannot be read where it throws, which fails just the call', () => {
      expect(reply('get', { failed: 'throw' }, own).unreadable).toBeInstanceOf(UnreadablePayloadError);
    });
  });
});

describe('arms of an envelope', () => {
  it('may lie within one of its fields', () => {
    const nested = envelopeContract({
      ...options,
      requests: side(fieldArms('unary.get', 'unary.put')),
      routes: {},
    });
    expect(written(nested.requests, { route: 'unary.put', body: 1 })).toEqual([
      { id: 7, code: Normal, unary: { put: 1 } },
    ]);
    expect(read(nested.requests, { id: 7, unary: { put: 1 } })).toMatchObject({ route: 'unary.put', body: 1 });
    // Of several, the first as they were named, wherever it comes.
    expect(read(nested.requests, { id: 7, unary: { put: 1, get: 2 } })).toMatchObject({ route: 'unary.get', body: 2 });
    for (const unary of [{}, null, { get: null }, 'text']) {
      expect(read(nested.requests, { id: 7, unary })).toMatchObject({ route: undefined });
    }
  });

  it('may have dots in their names, as extensions have', () => {
    const extended = new FieldArms([['.package.get'], ['unary', '.package.put']]);
    const { requests } = envelopeContract({ requests: side(extended), replies: side(fieldArms()) });
    for (const [route, fields] of Object.entries({
      '.package.get': { '.package.get': 1 },
      'unary..package.put': { unary: { '.package.put': 1 } },
    })) {
      expect(written(requests, { route, body: 1 })).toEqual([{ id: 7, code: Normal, ...fields }]);
      expect(read(requests, { id: 7, ...fields })).toMatchObject({ route, body: 1 });
    }
  });

  it('may be the variants of a field, with a payload or without', () => {
    const arms = new VariantArms('command', ['Put', 'Flush'], ['Flush']);
    const variants = envelopeContract({
      requests: side(arms),
      replies: side(new VariantArms('kind', ['Put', 'Flush'], ['Flush'])),
    });
    expect(written(variants.requests, { route: 'Put', body: 1 })).toEqual([
      { id: 7, code: Normal, command: { Put: 1 } },
    ]);
    expect(written(variants.requests, { route: 'Flush' })).toEqual([{ id: 7, code: Normal, command: 'Flush' }]);
    expect(read(variants.requests, { id: 7, command: { Put: 1 } })).toMatchObject({ route: 'Put', body: 1 });
    expect(read(variants.requests, { id: 7, command: 'Flush' })).toMatchObject({ route: 'Flush', body: undefined });
    for (const command of [null, 5, {}]) {
      expect(read(variants.requests, { id: 7, command })).toMatchObject({ route: undefined });
    }
    expect(written(variants.replies, { route: 'Flush' })).toEqual([{ id: 7, code: Normal, kind: 'Flush' }]);
    expect(reply('Flush', { kind: 'Flush' }, variants)).toMatchObject({ code: Normal, body: undefined });
  });

  it('may be told by the value of a field, in a message that is its own payload', () => {
    const nameOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
    const byValue = envelopeContract({
      requests: side(new ValueArms('type', ['echo'], nameOf)),
      replies: side(new ValueArms('type', ['echo', 'failed'], nameOf)),
      error: { arm: 'failed' },
    });
    expect(written(byValue.requests, { route: 'echo', body: { text: 'a' } })).toEqual([
      { id: 7, code: Normal, type: 'echo', text: 'a' },
    ]);
    expect(read(byValue.requests, { id: 7, type: 'echo', text: 'a' })).toMatchObject({
      route: 'echo',
      body: { type: 'echo', text: 'a' },
    });
    expect(read(byValue.requests, { id: 7 })).toMatchObject({ route: undefined });
    expect(reply('echo', { type: 'echo', text: 'a' }, byValue).body).toEqual({ type: 'echo', text: 'a' });
    expect(reply('echo', { type: 'failed', text: 'b' }, byValue).status!.details).toEqual({
      type: 'failed',
      text: 'b',
    });
  });

  it('may be just one, whose messages are their own payload', () => {
    const only = envelopeContract({ requests: side(new OnlyArm('echo')), replies: side(new OnlyArm('echo')) });
    expect(written(only.requests, { route: 'echo', body: { text: 'a' } })).toEqual([
      { id: 7, code: Normal, text: 'a' },
    ]);
    expect(read(only.requests, { id: 7, text: 'a' })).toMatchObject({ route: 'echo', body: { text: 'a' } });
    expect(written(only.replies, { route: 'echo', body: { text: 'a' } })).toEqual([{ id: 7, code: Normal, text: 'a' }]);
    expect(reply('echo', { text: 'a' }, only).body).toEqual({ text: 'a' });
  });
});

describe('the routes of an envelope', () => {
  it('are unary, unless they are said to be a stream', () => {
    expect(['get', 'list', 'flush', 'unknown'].map((route) => withError.isUnary!(route))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('have the arm of their own name, if there is one and no other is named', () => {
    const { replies } = envelopeContract({
      requests: side(fieldArms('same', 'other')),
      replies: side(fieldArms('same'), json(), ['any']),
    });
    expect(written(replies, { route: 'same', body: 1 })).toEqual([{ id: 7, code: Normal, same: 1 }]);
    expect(written(replies, { route: 'other', body: { any: 1 } })).toEqual([{ id: 7, code: Normal, any: 1 }]);
  });

  it('that are paths have the arm of their last name, if there is none of the whole', () => {
    const { replies } = envelopeContract({
      requests: side(fieldArms('unary.get', 'unary.put', 'unary.flush')),
      replies: side(fieldArms('get', 'put', 'unary.put'), json(), ['any']),
    });
    expect(written(replies, { route: 'unary.get', body: 1 })).toEqual([{ id: 7, code: Normal, get: 1 }]);
    expect(written(replies, { route: 'unary.put', body: 1 })).toEqual([{ id: 7, code: Normal, unary: { put: 1 } }]);
    expect(written(replies, { route: 'unary.flush', body: { any: 1 } })).toEqual([{ id: 7, code: Normal, any: 1 }]);
  });

  it('may have names that JavaScript treats in its own way', () => {
    const names = ['constructor', 'toString'];
    const odd = envelopeContract({
      requests: side(fieldArms(...names)),
      replies: side(fieldArms(), json(), ['any']),
    });
    for (const route of names) {
      expect(odd.isUnary!(route)).toBe(true);
      expect(written(odd.replies, { route, body: { any: 1 } })).toEqual([{ id: 7, code: Normal, any: 1 }]);
    }
    expect(read(odd.requests, { id: 7, code: Normal })).toMatchObject({ route: undefined });
  });

  it.each<[string, Partial<EnvelopeOptions>, string]>([
    ['that no request has', { routes: { put: {} } }, 'The routes name "put"'],
    ['with an arm that the response has not', { routes: { get: { response: 'gone' } } }, 'no arm "gone"'],
    ['whose errors have an arm that the response has not', { error: { arm: 'gone' } }, 'no arm "gone"'],
    [
      'whose own errors have an arm that it has not',
      { routes: { list: { error: 'gone' } } },
      '"list": The response has no',
    ],
    [
      'with one arm for both',
      { routes: { get: { response: 'value', error: 'value' } } },
      '"get" has the arm "value" both',
    ],
    [
      'with the arm of all errors',
      { routes: { get: { response: 'failed' } }, error: 'failed' },
      'the arm "failed" both',
    ],
  ])('fail at the start %s', (_, wrong, text) => {
    const make = (): unknown => envelopeContract({ ...options, ...wrong });
    expect(make).toThrow(InvalidContractError);
    expect(make).toThrow(text);
  });

  describe('checked against the handlers of a server', () => {
    const check = (routes: readonly string[], more: Partial<EnvelopeOptions> = {}) => {
      return (): void => envelopeContract({ ...options, ...more }).checkRoutes!(routes);
    };

    it('fit, in whatever order', () => {
      expect(check(['flush', 'get', 'list'])).not.toThrow();
    });

    it('fail for a handler that no request reaches', () => {
      expect(check(['flush', 'get', 'list', 'put'])).toThrow(InvalidContractError);
      expect(check(['flush', 'get', 'list', 'put'])).toThrow('"put": there is get, list, flush');
      expect(check(['put'], { partial: true })).toThrow(InvalidContractError);
    });

    it('fail for a request that nothing handles, and say where it is declared', () => {
      expect(check(['flush', 'get'])).toThrow(InvalidContractError);
      const requests = { ...options.requests, whereIs: (name: string) => ` (${name}, line 3)` };
      expect(check(['flush', 'get'], { requests })).toThrow('Nothing handles "list" (list, line 3)');
    });

    describe('whose failures', () => {
      const failed = (takes: (failed: Fields) => boolean, error: EnvelopeOptions['error'] = 'failed'): (() => void) => {
        const accepts = (fields: Fields): boolean => !fields.failed || takes(fields.failed as Fields);
        const replies = {
          ...side(options.replies.arms, json(accepts)),
          whereIs: (name: string) => ` (${name}, line 5)`,
        };
        return check(['flush', 'get', 'list'], { replies, error });
      };

      it.each<[string, (failed: Fields) => boolean]>([
        ['a code and a message', ({ code, message }) => typeof code === 'string' && typeof message === 'string'],
        ['a text', (value) => typeof value === 'string'],
      ])('fit into %s', (_, takes) => {
        expect(failed(takes)).not.toThrow();
      });

      it.each<[string, (failed: Fields) => boolean]>([
        ['a number', (value) => typeof value === 'number'],
        ['a code that is a number', ({ code }) => typeof code === 'number'],
        ['a code that is one of a few', ({ code }) => code === HANDLER_FAILED],
      ])('do not fit into %s, and fail at its declaration', (_, takes) => {
        expect(failed(takes)).toThrow(InvalidContractError);
        expect(failed(takes)).toThrow('the arm "failed" of the response (failed, line 5): The schema has no such');
        expect(failed(takes, { arm: 'failed', encode: () => ({ reason: 5 }) })).toThrow(InvalidContractError);
      });

      it('have a form of their own that fits', () => {
        const takes = ({ code }: Fields): boolean => typeof code === 'number';
        expect(failed(takes, { arm: 'failed', encode: () => ({ code: 5 }) })).not.toThrow();
      });

      it('have a form of their own that fits for some', () => {
        const encode = ({ code, details }: Status): unknown => {
          if (!details && code !== HANDLER_FAILED) throw new Error('no details');
          return { code: 5 };
        };
        const takes = ({ code }: Fields): boolean => typeof code === 'number';
        expect(failed(takes, { arm: 'failed', encode })).not.toThrow();
      });

      it('have a form of their own that never fits, though what is written in its place would', () => {
        const error = { arm: 'failed', encode: () => ({ reason: 'none' }) };
        const refusal = failed(({ code }) => code !== undefined, error);
        expect(refusal).toThrow('the arm "failed" of the response (failed, line 5): The schema has no such');
        expect(refusal).not.toThrow('Say with');
      });

      it('fit into an arm that says no more than that there is one', () => {
        const format: MessageFormat = { ...json(), write: (_, out) => json().write({ failed: {} }, out) };
        const replies = side(options.replies.arms, format);
        expect(check(['flush', 'get', 'list'], { replies, error: 'failed' })).not.toThrow();
      });

      it('are lost in what they are written to', () => {
        const format: MessageFormat = { ...json(), write: (_, out) => json().write({ failed: { reason: 1 } }, out) };
        const replies = side(options.replies.arms, format);
        const lost = check(['flush', 'get', 'list'], { replies, routes: { list: { error: 'failed' } } });
        expect(lost).toThrow('the arm "failed" of the response: their message is lost');
      });

      it('are nothing that a client would have to fit into', () => {
        const { replies } = envelopeContract({ ...options, error: 'failed' });
        expect(reply('get', { failed: { reason: 1 } }, { ...withError, replies }).status).toMatchObject({
          details: { reason: 1 },
        });
      });
    });

    it('may be handled in part, if that is said', () => {
      expect(check(['get'], { partial: true })).not.toThrow();
      expect(check([], { partial: true })).not.toThrow();
    });
  });
});

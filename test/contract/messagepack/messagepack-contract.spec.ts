import { describe, expect, it } from '@jest/globals';
import type { Contract } from 'nestjs-protosocket';
import {
  anything,
  list,
  messagePackContract,
  type MessagePackContractOptions,
  optional,
  string,
  struct,
  u32,
  u64,
  u8,
  unit,
  variants,
} from 'nestjs-protosocket/messagepack';

import type { Codec, Message } from '../../../lib/contract/index.js';
import { InvalidContractError, NotSerializableError } from '../../../lib/errors/index.js';
import { ControlCode } from '../../../lib/wire/index.js';
import { echoContract, EchoRequest, EchoResponse } from '../../support/echo-messagepack.js';
import { framed, hex } from '../../support/messagepack.js';
import { frameOf } from '../../support/messages.js';

const { Cancel, End, Normal } = ControlCode;

const Failure = struct({ code: string, message: string });
const request = struct({
  id: u64,
  code: u8,
  command: optional(variants({ Put: struct({ key: string, value: u64 }), Get: string, Flush: unit })),
});
const response = struct({
  id: u64,
  code: u8,
  reply: optional(variants({ Done: unit, Value: u64, Error: Failure })),
});
const routes = {
  Put: { response: 'Done' },
  Get: { response: 'Value' },
  Flush: { response: 'Done' },
};
const store = (options: Partial<MessagePackContractOptions> = {}): Contract =>
  messagePackContract({ request, response, routes, ...options });

/** The messages that `codec` makes of what it makes of `message`. */
function through(codec: Codec, message: Message, route = message.route): Message {
  const frame = frameOf(codec, message);
  expect(codec.measure(frame, 0, frame.length)).toBe(frame.length);
  return codec.decode(frame, 0, frame.length, { routeOf: () => route });
}

describe('messagePackContract', () => {
  describe('requests', () => {
    const { requests } = store();

    it.each([
      ['Put', { key: 'k', value: 1 }, { key: 'k', value: 1 }],
      ['Get', 'k', 'k'],
      ['Flush', undefined, undefined],
      // A client has to send something.
      ['Flush', {}, undefined],
    ])('are routed by the variant: %s of %p', (route, body, received) => {
      expect(through(requests, { id: 7, code: Normal, route, body })).toEqual({
        id: 7,
        code: Normal,
        route,
        body: received,
      });
    });

    it('have no route when they have no variant', () => {
      expect(requests.decode(framed(hex('93 07 00 c0')), 0, 9, { routeOf: () => undefined })).toEqual({
        id: 7,
        code: Normal,
        route: undefined,
        body: undefined,
      });
    });

    it('of a Cancel have every field, and are read as no more than that', () => {
      expect(frameOf(requests, { id: 7, code: Cancel })).toEqual(framed(hex('93 07 01 c0')));
      expect(through(requests, { id: 7, code: Cancel })).toEqual({ id: 7, code: Cancel, body: undefined });
    });

    it('that do not fit fail', () => {
      const wrong = (route: string, body: unknown): string => {
        try {
          frameOf(requests, { id: 7, code: Normal, route, body });
        } catch (error) {
          expect(error).toBeInstanceOf(NotSerializableError);
          return (error as Error).message;
        }
        return 'none';
      };
      expect(wrong('Put', { key: 'k' })).toBe(
        'request.command.Put.value has to be an integer that fits in u64, and is missing',
      );
      expect(wrong('Get', 1)).toContain('request.command.Get has to be a string');
      expect(wrong('Unknown', {})).toContain('The request has no arm "Unknown": it has Put, Get, Flush');
    });

    it('keep ids that are no number', () => {
      const id = 2n ** 64n - 1n;
      expect(through(requests, { id, code: Normal, route: 'Get', body: 'k' }).id).toBe(id);
      expect(through(requests, { id: 2 ** 53 - 1, code: Normal, route: 'Get', body: 'k' }).id).toBe(2 ** 53 - 1);
    });
  });

  describe('replies', () => {
    const { replies } = store();
    const reply = (route: string, body: unknown, contract = replies): Message =>
      through(contract, { id: 7, code: Normal, route, body });

    it('carry their payload in an arm', () => {
      expect(reply('Get', 12)).toMatchObject({ id: 7, code: Normal, body: 12, more: false });
      expect(frameOf(replies, { id: 7, code: Normal, route: 'Get', body: 12 })).toEqual(
        framed(hex('93 07 00 81 a556616c7565 0c')),
      );
    });

    it('have the arm of a variant without data when the handler answers nothing', () => {
      for (const nothing of [undefined, null, {}]) {
        expect(frameOf(replies, { id: 7, code: Normal, route: 'Put', body: nothing })).toEqual(
          framed(hex('93 07 00 a4446f6e65')),
        );
      }
      expect(reply('Put', undefined).body).toBeUndefined();
    });

    it('have no arm when there is none for nothing', () => {
      expect(frameOf(replies, { id: 7, code: Normal, route: 'Get', body: undefined })).toEqual(
        framed(hex('93 07 00 c0')),
      );
      expect(reply('Get', undefined)).toMatchObject({ code: Normal, body: undefined });
    });

    it('that fail are a Cancel without an arm for it, and a payload with one', () => {
      const failed = { id: 7, code: Normal, route: 'Get', status: { code: 'NO_HANDLER', message: 'nobody' } };
      expect(through(replies, failed)).toEqual({ id: 7, code: Cancel });
      for (const error of ['Error', { arm: 'Error' }]) {
        expect(through(store({ error }).replies, failed).status).toEqual({ code: 'NO_HANDLER', message: 'nobody' });
      }
      const strange = { ...failed, status: { code: 'HANDLER_FAILED', message: 'm', details: { code: 5 } } };
      expect(through(store({ error: 'Error' }).replies, strange).status).toMatchObject({ message: 'm' });
    });

    it('that fail are their message, where the arm for it is a text', () => {
      const failed = { id: 7, code: Normal, route: 'Get', status: { code: 'NO_HANDLER', message: 'nobody' } };
      const texts = store({
        response: struct({ id: u64, code: u8, reply: optional(variants({ Done: unit, Value: u64, Failed: string })) }),
        error: 'Failed',
      });
      expect(() => texts.checkRoutes!(['Put', 'Get', 'Flush'])).not.toThrow();
      expect(through(texts.replies, failed).status).toEqual({ code: 'HANDLER_FAILED', message: 'nobody' });
    });

    it('that fail are what their route says, before what the contract says', () => {
      const failed = { id: 7, code: Normal, status: { code: 'NO_HANDLER', message: 'nobody' } };
      const some = store({ error: 'Error', routes: { ...routes, Put: { response: 'Done', error: false } } });
      expect(through(some.replies, { ...failed, route: 'Put' })).toEqual({ id: 7, code: Cancel });
      expect(through(some.replies, { ...failed, route: 'Get' }).status).toEqual(failed.status);
      const one = store({ routes: { ...routes, Put: { response: 'Done', error: { arm: 'Error' } } } });
      expect(through(one.replies, { ...failed, route: 'Put' }).status).toEqual(failed.status);
      expect(through(one.replies, { ...failed, route: 'Get' })).toEqual({ id: 7, code: Cancel });
    });

    it('in another arm than expected cannot be read, and hurt nobody else', () => {
      const frame = framed(hex('93 07 00 a4446f6e65'));
      const message = replies.decode(frame, 0, frame.length, { routeOf: () => 'Get' });
      expect(message.unreadable?.message).toContain('has the arm Done in place of Value');
    });

    it('are whole responses where they have no arms', () => {
      const whole = store({ response: struct({ id: u64, code: u8, values: list(u8) }), routes: {} });
      expect(reply('Get', { values: [1, 2] }, whole.replies).body).toEqual({ values: [1, 2] });
      expect(() => reply('Get', { value: [1, 2] }, whole.replies)).toThrow('no field "value": it has id, code, values');
    });
  });

  it('writes maps when it is told so, and reads both', () => {
    const maps = store({ structs: 'map' });
    const message = { id: 7, code: Normal, route: 'Put', body: { key: 'k', value: 1 } };
    const frame = frameOf(maps.requests, message);
    expect(frame.subarray(5, 9)).toEqual(hex('83 a26964'));
    expect(store().requests.decode(frame, 0, frame.length, { routeOf: () => undefined })).toEqual(message);
  });

  it('routes by the value of a field of variants without data, and the payload is the whole request', () => {
    const body = { body: { message: 'hi', nanotime: 1 }, response_behavior: 'Stream' };
    expect(
      through(echoContract().requests, { id: 7, code: Normal, route: 'Stream', body: { body: body.body } }),
    ).toEqual({
      id: 7,
      code: Normal,
      route: 'Stream',
      body,
    });
    expect([echoContract().isUnary!('Unary'), echoContract().isUnary!('Stream')]).toEqual([true, false]);
  });

  it('ends a stream with an End that has every field', () => {
    const { replies } = echoContract();
    const ended = through(replies, { id: 7, code: End, route: 'Stream' });
    expect(ended).toEqual({ id: 7, code: End });
  });

  it('may have one route only', () => {
    const only = messagePackContract({
      request: struct({ id: u64, code: u8, text: string }),
      response: struct({ id: u64, code: u8, text: string }),
      route: { only: 'echo' },
    });
    expect(through(only.requests, { id: 7, code: Normal, route: 'echo', body: { text: 'a' } })).toEqual({
      id: 7,
      code: Normal,
      route: 'echo',
      body: { text: 'a' },
    });
    expect(through(only.replies, { id: 7, code: Normal, route: 'echo', body: { text: 'b' } }).body).toEqual({
      text: 'b',
    });
  });

  it('bounds how deep messages nest, both ways', () => {
    const deep = (maxDepth?: number): Contract =>
      messagePackContract({
        request: struct({ id: u64, code: u8, value: anything }),
        response: struct({ id: u64, code: u8 }),
        route: { only: 'any' },
        ...(maxDepth !== undefined && { maxDepth }),
      });
    let value: unknown = 1;
    for (let depth = 1; depth < 64; depth++) value = [value];
    const message = { id: 7, code: Normal, route: 'any', body: { value } };
    expect(through(deep().requests, message)).toEqual(message);
    const deeper = { ...message, body: { value: [value] } };
    expect(() => frameOf(deep().requests, deeper)).toThrow(NotSerializableError);
    const frame = frameOf(deep(65).requests, deeper);
    expect(() => deep().requests.decode(frame, 0, frame.length, { routeOf: () => undefined })).toThrow(
      'deeper than 64',
    );
  });

  describe('tells at once what does not fit', () => {
    const call = { id: u64, code: u32 };
    const data = variants({ A: u8 });
    it.each<[string, RegExp, Partial<MessagePackContractOptions>]>([
      ['a request that is no struct', /`request` has to be a `struct/, { request: data as never }],
      ['a response that is missing', /`response` has to be a `struct/, { response: undefined }],
      [
        'no id',
        /The request has none of id, request_id.* but code, a:.*`id`/,
        { request: struct({ code: u8, a: data }) },
      ],
      ['no code', /The response has none of code, control_code/, { response: struct({ id: u64 }) }],
      ['an id that is not there', /The request has no field uid, but id, code/, { id: 'uid' }],
      ['an id for one of both', /The response has no field uid/, { id: { request: 'id', response: 'uid' } }],
      [
        'an id that is no integer',
        /field id of the request has to be an unsigned/,
        { request: struct({ ...call, id: string, a: data }) },
      ],
      [
        'a code that is text',
        /field reply of the response has to be an unsigned/,
        { code: { request: 'code', response: 'reply' } },
      ],
      ['an id that is the code', /`id` and `code` both name the field id/, { code: 'id' }],
      [
        'a route that is not there',
        /`route` names the field kind of the request, which it has not: it has id/,
        { route: 'kind' },
      ],
      [
        'a route that is no variants',
        /`route` names the field id of the request, which is no `variants`/,
        { route: 'id' },
      ],
      ['no route', /no field of variants with data to route by/, { request: struct(call), routes: {} }],
      ['several routes', /The request has several fields .*: a, b/, { request: struct({ ...call, a: data, b: data }) }],
      [
        'several arms',
        /The response has several fields .*`arms`.*: a, b/,
        { response: struct({ ...call, a: data, b: optional(data) }) },
      ],
      ['arms that are not there', /`arms` names the field __proto__/, { arms: '__proto__' }],
      [
        'a route that no request has',
        /The routes name "Pop", which no request has: it has Put, Get/,
        { routes: { Pop: {} } },
      ],
      [
        'an arm that no response has',
        /no arm "Nothing": it has Done, Value/,
        { routes: { Get: { response: 'Nothing' } } },
      ],
      [
        'an arm for the failures of a route that no response has',
        /The route "Get": The response has no arm "Nothing": it has Done, Value/,
        { routes: { Get: { error: 'Nothing' } } },
      ],
      [
        'an arm for both replies and failures',
        /The route "Get" has the arm "Value" both/,
        { routes: { Get: { response: 'Value' } }, error: 'Value' },
      ],
      ['an arm for errors that is not there', /no arm "Oops"/, { error: 'Oops' }],
      ['another form of structs', /`structs` has to be 'array' or 'map'/, { structs: 'list' as never }],
      ['no depth', /`maxDepth` has to be an integer from 1 to 1024/, { maxDepth: 0 }],
      ['depth without end', /`maxDepth` has to be/, { maxDepth: Infinity }],
    ])('%s', (_, text, options) => {
      expect(() => store(options)).toThrow(InvalidContractError);
      expect(() => store(options)).toThrow(text);
    });

    it.each([
      ['a number', u8],
      ['nothing', unit],
      ['a struct with a field that nothing is known of', struct({ message: string, level: u8 })],
      ['a code that is a number', struct({ code: u8, message: string })],
    ])('an arm for errors that has no place for them: %s', (_, Failed) => {
      const failing = messagePackContract({
        request,
        response: struct({ id: u64, code: u8, reply: optional(variants({ Done: unit, Value: u64, Failed })) }),
        routes,
        error: 'Failed',
      });
      expect(() => failing.checkRoutes!(['Put', 'Get', 'Flush'])).toThrow(InvalidContractError);
      expect(() => failing.checkRoutes!(['Put', 'Get', 'Flush'])).toThrow('do not fit into the arm "Failed"');
    });

    it('handlers that are missing, or have no place', () => {
      expect(() => store().checkRoutes!(['Put', 'Get'])).toThrow('Nothing handles "Flush"');
      expect(() => store().checkRoutes!(['Put', 'Get', 'Flush', 'Pop'])).toThrow('No request is routed to "Pop"');
      expect(() => store({ partial: true }).checkRoutes!(['Put'])).not.toThrow();
    });
  });

  it('takes the fields that have the usual names, or those it is told', () => {
    const named = messagePackContract({
      request: struct({ message_id: u64, control_code: u8, Body: variants({ A: u8 }) }),
      response: struct({ nr: u64, what: u8, Body: variants({ A: u8 }) }),
      id: { request: 'message_id', response: 'nr' },
      code: { request: 'control_code', response: 'what' },
    });
    expect(through(named.requests, { id: 7, code: Normal, route: 'A', body: 1 })).toMatchObject({ id: 7, body: 1 });
    expect(through(named.replies, { id: 7, code: Cancel, route: 'A' })).toEqual({ id: 7, code: Cancel });
  });

  it('takes the arms that are named among several', () => {
    const many = struct({ id: u64, code: u8, a: optional(variants({ A: u8 })), b: variants({ A: u8, B: u8 }) });
    const contract = messagePackContract({ request: many, response: many, route: 'b', arms: 'b', partial: true });
    expect(() => contract.checkRoutes!(['A', 'B'])).not.toThrow();
    expect(through(contract.replies, { id: 7, code: Normal, route: 'B', body: 2 }).body).toBe(2);
  });

  it('has the echo contract of upstream', () => {
    expect(EchoRequest.blank()).toEqual({ request_id: 0, code: 0, body: null, response_behavior: 'Unary' });
    expect(EchoResponse.blank()).toEqual({ request_id: 0, code: 0, kind: null });
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  type Contract,
  ControlCode,
  InvalidContractError,
  type Message,
  NotSerializableError,
  WholeResponse,
} from 'nestjs-protosocket';
import { protobufContract, type ProtobufContractOptions } from 'nestjs-protosocket/protobuf';
import protobuf from 'protobufjs';

import { EncodedFrame } from '../../../lib/connection/encoded-frame.js';
import { withProtos } from '../../support/proto-folder.js';

const { Cancel, End, Normal } = ControlCode;
const fixture = (name: string): string => `test/contract/protobuf/fixtures/${name}.proto`;

/** Its code is a number. */
const error: ProtobufContractOptions['error'] = {
  arm: 'error',
  encode: ({ details, message }) => ({ code: 13, message, ...(details as object) }),
};
const cacheOptions: ProtobufContractOptions = {
  proto: fixture('cache'),
  request: 'cache.Command',
  response: 'cache.Response',
  routes: {
    'unary.getItem': { response: 'item' },
    watch: { reply: 'stream' },
  },
  error,
};
const cache = protobufContract(cacheOptions);

/** The messages of one direction, there and back. */
function through(
  contract: Contract,
  direction: 'requests' | 'replies',
  message: Message,
  route = message.route,
): Message[] {
  const codec = contract[direction];
  const frames = new EncodedFrame(1024 * 1024);
  codec.encode(message, frames);
  const bytes = frames.whole;
  const messages: Message[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + codec.measure(bytes, start, bytes.length);
    messages.push(codec.decode(bytes, start, end, { routeOf: () => route }));
    start = end;
  }
  return messages;
}

const request = (message: Partial<Message>, contract = cache): Message =>
  through(contract, 'requests', { id: 1, code: Normal, ...message })[0]!;
const replies = (message: Partial<Message>, contract = cache): Message[] =>
  through(contract, 'replies', { id: 1, code: Normal, ...message });

const failure = (options: Partial<ProtobufContractOptions>): string => {
  try {
    protobufContract({ ...cacheOptions, ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidContractError);
    return (error as Error).message;
  }
  throw new Error('It did not fail');
};

describe('protobufContract', () => {
  describe('routes', () => {
    it('are paths through nested oneofs', () => {
      const body = { key: Buffer.from('k') };
      expect(request({ route: 'unary.getItem', body })).toEqual({ id: 1, code: Normal, route: 'unary.getItem', body });
      expect(request({ route: 'watch', body })).toMatchObject({ route: 'watch', body });
    });

    it('are the arms themselves where their own arms are not to count', () => {
      const flat = protobufContract({ ...cacheOptions, envelopes: [], routes: {}, partial: true });
      const body = { getItem: { key: Buffer.from('k') } };
      expect(request({ route: 'unary', body }, flat)).toMatchObject({ route: 'unary', body });
    });

    it('are the fields that are messages, where there is no oneof', () => {
      const contract = protobufContract({ proto: fixture('odd'), request: 'Fields', response: 'Plain' });
      expect(request({ route: 'second', body: { text: 'x' } }, contract)).toMatchObject({
        route: 'second',
        body: { text: 'x' },
      });
    });

    it('are the one message, where it has nothing to choose from', () => {
      const contract = protobufContract({ proto: fixture('odd'), request: 'Plain', response: 'Plain' });
      expect(request({ route: 'Plain', body: { text: 'x' } }, contract)).toEqual({
        id: 1,
        code: Normal,
        route: 'Plain',
        body: { text: 'x' },
      });
      expect(replies({ route: 'Plain', body: { text: 'y' } }, contract)[0]!.body).toEqual({ text: 'y' });
    });

    it('are the full names of extensions', () => {
      const { root } = protobuf.parse(`
        syntax = "proto2";
        package p;
        message Command { required uint64 id = 1; optional uint32 code = 2; extensions 100 to 200; }
        message Get { optional string key = 1; }
        extend Command { optional Get get = 100; optional Get put = 101; }`);
      const contract = protobufContract({ proto: root, request: 'p.Command', response: 'p.Command' });
      expect(() => contract.checkRoutes!(['.p.get', '.p.put'])).not.toThrow();
      const message = { route: '.p.put', body: { key: 'k' } };
      expect(request(message, contract)).toMatchObject(message);
      expect(replies(message, contract)).toMatchObject([{ body: { key: 'k' } }]);
    });

    it('that no request has cannot be sent', () => {
      expect(() => request({ route: 'unary.flush', body: {} })).toThrow(NotSerializableError);
      expect(() => request({ route: 'watch', more: true })).toThrow('no request streams');
    });

    it('of a request without an arm are none', () => {
      const frame = Buffer.of(2, 8, 7);
      expect(cache.requests.decode(frame, 0, 3, { routeOf: () => undefined })).toEqual({ id: 7, code: Normal });
    });
  });

  describe('replies', () => {
    it('are in the arm of the same name, or where the routes say', () => {
      expect(replies({ route: 'unary.auth', body: {} })).toMatchObject([
        { id: 1, code: Normal, more: false, body: {} },
      ]);
      expect(replies({ route: 'unary.getItem', body: { age: -5 } })).toMatchObject([{ body: { age: -5 } }]);
    });

    it('of a stream end with an End', () => {
      const change = { deleted: true };
      expect(replies({ route: 'watch', body: change, more: true })).toMatchObject([{ more: true, body: change }]);
      expect(replies({ route: 'watch', body: change })).toMatchObject([{ more: true, body: change }, { code: End }]);
      expect(replies({ route: 'watch', code: End })).toMatchObject([{ code: End }]);
    });

    it('are the whole response where there is no such arm, and where the handler says so', () => {
      const set = { route: 'unary.set' };
      expect(replies({ ...set, body: { item: { age: 1 } } })).toMatchObject([{ body: { item: { age: 1 } } }]);
      expect(replies({ ...set })).toMatchObject([{ code: Normal, body: {} }]);
      expect(() => replies({ ...set, body: 'text' })).toThrow(NotSerializableError);
      expect(() => replies({ ...set, body: { age: 1 } })).toThrow(
        'no field "age": it has messageId, controlCode, error, auth, item, watch',
      );
      const whole = new WholeResponse({ item: { age: 2 } });
      expect(replies({ route: 'unary.getItem', body: whole })).toMatchObject([{ body: { age: 2 } }]);
    });

    it('may be one of several messages in an arm, and are in the oneof that was named', () => {
      const { root } = protobuf.parse(`
        syntax = "proto3";
        message Request { uint64 id = 1; uint32 code = 2; oneof kind { Text get = 3; } }
        message Response {
          uint64 id = 1; uint32 code = 2;
          oneof origin { Text cache = 3; Text store = 4; }
          oneof kind { Result get = 5; Text error = 6; }
        }
        message Result { oneof result { Text found = 1; Text missing = 2; } }
        message Text { string text = 1; }`);
      const options = { proto: root, request: 'Request', response: 'Response', arms: 'kind', error: 'error' };
      const contract = protobufContract(options);
      const body = { missing: { text: 'x' } };
      expect(replies({ route: 'get', body }, contract)).toMatchObject([{ body }]);
      const whole = new WholeResponse({ get: body, cache: { text: 'y' } });
      expect(replies({ route: 'get', body: whole }, contract)).toMatchObject([{ body }]);
      expect(() => protobufContract({ ...options, arms: undefined })).toThrow('`arms` which it is: origin, kind');
    });

    it('in the wrong arm are unreadable', () => {
      const wrong = new WholeResponse({ auth: {} });
      expect(replies({ route: 'unary.getItem', body: wrong })).toMatchObject([
        { unreadable: { code: 'UNREADABLE_PAYLOAD' } },
      ]);
    });

    it('that failed are in the arm for it, and a stream ends with it', () => {
      const status = { code: 'HANDLER_FAILED', message: 'no', details: { code: 5, message: 'no' } };
      expect(replies({ route: 'unary.getItem', status })).toMatchObject([{ status }]);
      expect(replies({ route: 'watch', status })).toMatchObject([{ status }, { code: End }]);
    });

    it('that failed with what does not fit the arm say at least the message', () => {
      const details = { code: 'TEXT', message: 'no', extra: 1 };
      expect(replies({ route: 'unary.getItem', status: { code: 'X', message: 'no', details } })).toMatchObject([
        { status: { message: 'no' } },
      ]);
    });

    it('that failed are a Cancel where there is no arm for it', () => {
      const contract = protobufContract({ ...cacheOptions, error: undefined });
      const status = { code: 'NO_HANDLER', message: 'no' };
      expect(replies({ route: 'unary.getItem', status }, contract)).toEqual([{ id: 1, code: Cancel }]);
    });

    it('that failed are what their route says, before what the contract says', () => {
      const status = { code: 'NO_HANDLER', message: 'no' };
      const routes = { ...cacheOptions.routes, watch: { reply: 'stream', error: false } } as const;
      const some = protobufContract({ ...cacheOptions, routes });
      expect(replies({ route: 'watch', status }, some)).toEqual([{ id: 1, code: Cancel }]);
      expect(replies({ route: 'unary.getItem', status }, some)).toMatchObject([{ status: { message: 'no' } }]);
      const one = protobufContract({ ...cacheOptions, error: undefined, routes: { watch: { error } } });
      expect(replies({ route: 'watch', status }, one)).toMatchObject([{ status: { message: 'no' } }]);
      expect(replies({ route: 'unary.set', status }, one)).toEqual([{ id: 1, code: Cancel }]);
    });

    it('may say failures in their own way', () => {
      const contract = protobufContract({
        ...cacheOptions,
        error: {
          arm: 'error',
          encode: ({ message }) => ({ code: 99, message: `failed: ${message}` }),
          decode: (payload) => ({ code: 'UNAVAILABLE', message: (payload as { message: string }).message }),
        },
      });
      const status = { code: 'X', message: 'no' };
      expect(replies({ route: 'unary.getItem', status }, contract)).toMatchObject([
        { status: { code: 'UNAVAILABLE', message: 'failed: no' } },
      ]);
    });
  });

  describe('values', () => {
    const set = (body: object): unknown => request({ route: 'unary.set', body }).body;

    it('that are not set have their default, unless that is not wanted', () => {
      const empty = { key: Buffer.alloc(0), value: Buffer.alloc(0), ttlMilliseconds: 0, priority: 0 };
      expect(set({})).toEqual(empty);
      const bare = protobufContract({ ...cacheOptions, defaults: false });
      expect(request({ route: 'unary.set', body: {} }, bare).body).toEqual({});
      // `optional` says that it need not be there.
      expect(replies({ route: 'unary.getItem', body: {} })[0]!.body).not.toHaveProperty('value');
    });

    it.each([0, 1, 2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n])('of 64 bits are exact: %s', (ttlMilliseconds) => {
      expect(set({ ttlMilliseconds })).toMatchObject({ ttlMilliseconds });
      expect(set({ ttlMilliseconds: String(ttlMilliseconds) })).toMatchObject({ ttlMilliseconds });
    });

    it.each([-1, -(2n ** 63n), 2n ** 63n - 1n])(
      'of 64 bits with a sign are exact, also within lists and maps: %s',
      (age) => {
        const counts = { a: 2n ** 64n - 1n, b: 3 };
        const versions = [1, 2n ** 60n];
        expect(replies({ route: 'unary.getItem', body: { age, counts, versions } })).toMatchObject([
          { body: { age, counts, versions } },
        ]);
      },
    );

    it.each(['bigint', 'string'] as const)('of 64 bits come as %s when asked', (int64) => {
      const contract = protobufContract({ ...cacheOptions, int64 });
      const body = request({ route: 'unary.set', body: { ttlMilliseconds: 5 } }, contract).body as {
        ttlMilliseconds: unknown;
      };
      expect(body.ttlMilliseconds).toBe(int64 === 'bigint' ? 5n : '5');
      expect(request({ id: 2n ** 64n - 1n, route: 'unary.set', body: {} }, contract).id).toBe(2n ** 64n - 1n);
      expect(request({ id: 7, route: 'unary.set', body: {} }, contract).id).toBe(7);
    });

    it('that are members of an enum are taken by name or number, and come as asked', () => {
      expect(set({ priority: 'HIGH' })).toMatchObject({ priority: 1 });
      expect(set({ priority: 7 })).toMatchObject({ priority: 7 });
      const contract = protobufContract({ ...cacheOptions, enums: 'name' });
      expect(request({ route: 'unary.set', body: { priority: 1 } }, contract).body).toMatchObject({ priority: 'HIGH' });
    });

    it.each<[string, object]>([
      ['key', { key: 'text' }],
      ['ttlMilliseconds', { ttlMilliseconds: 1.5 }],
      ['ttlMilliseconds', { ttlMilliseconds: -1 }],
      ['ttlMilliseconds', { ttlMilliseconds: 2n ** 64n }],
      ['ttlMilliseconds', { ttlMilliseconds: 'soon' }],
      ['priority', { priority: 'HIGHEST' }],
      ['priority', { priority: 'toString' }],
      ['unary', { key: [] }],
    ])('that do not fit are named by their place: %s of %j', (place, body) => {
      expect(() => set(body)).toThrow(NotSerializableError);
      expect(() => set(body)).toThrow(place);
    });

    it.each(['number', 'name'] as const)('are no members of the enum that control codes are in: %s', (enums) => {
      const { root } = protobuf.parse(`
        syntax = "proto3";
        enum Code { NORMAL = 0; CANCEL = 1; END = 2; }
        message Message { uint64 id = 1; Code code = 2; Message echo = 3; }`);
      const contract = protobufContract({ proto: root, request: 'Message', response: 'Message', enums });
      expect(request({ route: 'echo', body: {} }, contract)).toMatchObject({ code: Normal, route: 'echo' });
      expect(request({ code: Cancel }, contract)).toMatchObject({ code: Cancel });
      expect(replies({ code: Cancel, route: 'echo' }, contract)).toMatchObject([{ code: Cancel }]);
    });

    it('about the call are not what every object has, whatever their fields are called', () => {
      const { root } = protobuf.parse(`
        syntax = "proto3";
        enum Kind { GET = 0; PUT = 1; }
        message Message { uint64 value_of = 1; uint32 to_string = 2; Kind constructor = 3; }`);
      const names = { id: 'valueOf', code: 'toString', route: 'constructor' };
      const options = { proto: root, request: 'Message', response: 'Message', defaults: false, ...names };
      const { requests } = protobufContract(options);
      const read = requests.decode(Buffer.of(0), 0, 1, { routeOf: () => undefined });
      expect(read).toEqual({ id: 0, code: Normal, route: 'GET', body: {} });
    });

    it('that are an enum and the route have one for each number: a message could not tell the other', () => {
      const { root } = protobuf.parse(`
        syntax = "proto3";
        enum Kind { option allow_alias = true; GET = 0; PUT = 1; STORE = 1; }
        message Message { uint64 id = 1; uint32 code = 2; Kind kind = 3; }`);
      const contract = protobufContract({ proto: root, request: 'Message', response: 'Message', route: 'kind' });
      expect(() => contract.checkRoutes!(['GET', 'PUT'])).not.toThrow();
      expect(() => contract.checkRoutes!(['GET', 'STORE'])).toThrow('"STORE"');
    });

    it('that are an enum and the route need no handler for the one that says nothing, and may have one', () => {
      const { root } = protobuf.parse(`
        syntax = "proto3";
        enum Kind { KIND_UNSPECIFIED = 0; KIND_GET = 1; KIND_UNSPECIFIED_TOO = 2; }
        message Message { uint64 id = 1; uint32 code = 2; Kind kind = 3; }`);
      const contract = protobufContract({ proto: root, request: 'Message', response: 'Message', route: 'kind' });
      expect(() => contract.checkRoutes!(['KIND_GET', 'KIND_UNSPECIFIED_TOO'])).not.toThrow();
      expect(() => contract.checkRoutes!(['KIND_GET', 'KIND_UNSPECIFIED_TOO', 'KIND_UNSPECIFIED'])).not.toThrow();
      expect(() => contract.checkRoutes!(['KIND_GET'])).toThrow('Nothing handles "KIND_UNSPECIFIED_TOO"');
    });

    it('are named without being told', () => {
      expect(() => set({ key: 'hunter2' })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      );
    });
  });

  it.each([
    ['int32', 'uint64', 2 ** 31 - 1],
    ['fixed64', 'uint32', 2 ** 32 - 1],
    ['sfixed32', 'fixed32', 2 ** 31 - 1],
    ['sint64', 'uint64', Number.MAX_SAFE_INTEGER],
  ])('has room for ids as the fields %s and %s have', (requestType, responseType, most) => {
    const { root } = protobuf.parse(`syntax = "proto3";
      message A { string text = 1; }
      message Request { ${requestType} id = 1; uint32 code = 2; A get = 3; }
      message Response { ${responseType} id = 1; uint32 code = 2; A get = 3; }`);
    expect(protobufContract({ proto: root, request: 'Request', response: 'Response' }).maxId).toBe(most);
  });

  it('takes a name that is not in full for the message that is nested least', () => {
    const { root } = protobuf.parse(`syntax = "proto3"; package a;
      message Request { uint64 id = 1; uint32 code = 2; message Response { string text = 1; } }
      message Response { uint64 id = 1; uint32 code = 2; }`);
    expect(() => protobufContract({ proto: root, request: 'Request', response: 'Response' })).not.toThrow();
  });

  it('takes a closed enum without a member for an End for its code, where there are no streams', () => {
    const { root } = protobuf.parse(`syntax = "proto2";
      enum Code { NORMAL = 0; CANCEL = 1; }
      message Message { required uint64 id = 1; required Code code = 2; }`);
    const unary = { proto: root, request: 'Message', response: 'Message' };
    expect(() => protobufContract(unary)).not.toThrow();
    expect(() => protobufContract({ ...unary, routes: { Message: { reply: 'stream' } } })).toThrow('2 (End)');
  });

  describe('fields that are required', () => {
    const { root } = protobuf.parse(`syntax = "proto2";
      enum Kind { NONE = 3; SOME = 4; }
      message Trace { required fixed64 number = 1; optional string note = 2; required bytes tail = 3 [default = "YWI="]; }
      message A { optional string text = 1; }
      message Message {
        required uint64 id = 1;
        required uint32 code = 2;
        required string tenant = 3 [default = "nobody"];
        required Kind kind = 4;
        required Trace trace = 5;
        oneof arm { A get = 6; A failed = 7; }
      }`);
    const options = {
      proto: root,
      request: 'Message',
      response: 'Message',
      routes: { failed: { error: false } },
    } as const;
    const contract = protobufContract({ ...options, error: 'failed' });
    const blank = { tenant: 'nobody', kind: 3, trace: { number: 0, note: '', tail: Buffer.from('ab') } };
    const type = root.lookupType('Message');
    const bytesOf = (direction: 'requests' | 'replies', message: Partial<Message>): Record<string, unknown> => {
      const frames = new EncodedFrame(1024);
      contract[direction].encode({ id: 1, code: Normal, ...message }, frames);
      return type.toObject(type.decodeDelimited(frames.whole), { longs: Number, defaults: true, oneofs: true });
    };

    it('have nothing in them, or their default, where a message has no place for more, as with peers in Rust', () => {
      expect(bytesOf('requests', { code: Cancel })).toMatchObject({ code: 1, ...blank });
      expect(bytesOf('replies', { code: Cancel, route: 'get' })).toMatchObject({ code: 1, ...blank });
      expect(bytesOf('requests', { route: 'get', body: { text: 'a' } })).toMatchObject({
        get: { text: 'a' },
        ...blank,
      });
      expect(bytesOf('replies', { route: 'get', body: undefined })).toMatchObject(blank);
    });

    it('have to be in what is a whole message', () => {
      const body = new WholeResponse({ tenant: 'me' });
      expect(() => bytesOf('replies', { route: 'get', body })).toThrow('Message.kind has to be there');
    });
  });

  describe('a .proto that does not fit, at its line', () => {
    it('a clash of field numbers', () => {
      const message = failure({ proto: fixture('clash'), request: 'Request', response: 'Request' });
      expect(message).toMatch(/put .*clash\.proto:9\) .*number 3 .*get .*clash\.proto:8\)/);
    });

    it('one that is no .proto', () => {
      expect(failure({ proto: fixture('broken') })).toMatch(/broken\.proto:4\)/);
    });

    it('a file that is not there', () => {
      expect(failure({ proto: fixture('nowhere') })).toContain('nowhere.proto');
    });

    it('a message that is not in it', () => {
      expect(failure({ request: 'cache.Nothing' })).toContain('cache.Nothing');
    });

    it.each<[string, Partial<ProtobufContractOptions>, RegExp]>([
      [
        'an id that is a text',
        { request: 'TextId' },
        /TextId\.id \(.*odd\.proto:4\) has to be an integer, and is string/,
      ],
      ['no control code', { request: 'NoCode' }, /NoCode \(.*odd\.proto:8\) has none of code/],
      ['an id that is not there', { request: 'Plain', id: 'number' }, /Plain \(.*odd\.proto:\d+\) has no field number/],
      ['several oneofs', { request: 'TwoOneofs' }, /TwoOneofs has several oneofs \(.*odd\.proto:12\).*one, other/],
      [
        'a route that is a text',
        { request: 'Plain', route: 'text' },
        /Plain\.text cannot be the route \(.*odd\.proto:22\)/,
      ],
    ])('%s', (_, options, text) => {
      expect(failure({ proto: fixture('odd'), response: 'Plain', routes: {}, error: undefined, ...options })).toMatch(
        text,
      );
    });

    const message = (fields: string, name = 'Request'): string => `message ${name} {\n${fields}\n}\n`;
    const call = 'uint64 id = 1;\nuint32 code = 2;';
    const codes = (members: string): string =>
      `optional uint64 id = 1;\noptional Code code = 2;\nenum Code { ${members} }`;

    it.each<[string, string, string, Partial<ProtobufContractOptions>, RegExp]>([
      [
        'id and code that are one field',
        'proto3',
        message(call),
        { id: 'code' },
        /`id` and `code` both name the field code of Request \(.*main\.proto:2\)/,
      ],
      [
        'an id in a oneof',
        'proto3',
        message('uint32 code = 2;\noneof one { uint64 id = 1; Request get = 3; }'),
        {},
        /Request\.id \(.*main\.proto:4\) is in the oneof one/,
      ],
      [
        'a control code that cannot be a Cancel',
        'proto2',
        message(codes('NORMAL = 0; END = 2;')),
        {},
        /Request\.code \(.*main\.proto:4\) is of the closed enum Code, which has no member for 1 \(Cancel\)/,
      ],
      [
        'a control code that cannot be an End, where there are streams',
        'proto2',
        message(codes('NORMAL = 0; CANCEL = 1;')),
        { routes: { Request: { reply: 'stream' } } },
        /Request\.code \(.*main\.proto:4\) is of the closed enum Code, which has no member for 2 \(End\)/,
      ],
      ['envelopes that are none', 'proto3', message(call), { envelopes: ['nope'] }, /"nope"/],
    ])('%s', (_, syntax, text, options, mistake) => {
      withProtos({ 'main.proto': `syntax = "${syntax}";\n${text}` }, (folder) => {
        const proto = `${folder}/main.proto`;
        const names = { request: 'Request', response: 'Request', routes: {}, error: undefined };
        expect(failure({ proto, ...names, ...options })).toMatch(mistake);
      });
    });

    it('a name that messages of several packages have', () => {
      const files = {
        'a.proto': `syntax = "proto3"; package a;\n${message(call)}`,
        'b.proto': `syntax = "proto3"; package b;\n\n${message(call)}`,
      };
      withProtos(files, (folder) => {
        const proto = Object.keys(files).map((name) => `${folder}/${name}`);
        const options = { proto, request: 'b.Request', response: 'Request', routes: {}, error: undefined };
        expect(failure(options)).toMatch(/several messages Request: a\.Request \(.*:2\), b\.Request \(.*:3\)/);
        expect(() => protobufContract({ ...options, response: '.a.Request' })).not.toThrow();
      });
    });

    it('a file that declares what Google has declared', () => {
      const text = 'syntax = "proto3"; package google.protobuf; import "google/protobuf/empty.proto"; message Empty {}';
      withProtos({ 'main.proto': text }, (folder) => {
        expect(failure({ proto: `${folder}/main.proto` })).toMatch(/Empty.*google\/protobuf\/empty\.proto/);
      });
    });

    it.each([
      [{ request: undefined }, '`request` has to be the name'],
      [{ response: {} }, '`response` has to be the name'],
      [{ proto: Promise.resolve() }, '`proto` has to be a path'],
      [{ proto: [1] }, '`proto` has to be a path'],
      [{ proto: undefined }, '`proto` is missing'],
    ])('options of a wrong kind: %j', (options, mistake) => {
      expect(failure(options as unknown as Partial<ProtobufContractOptions>)).toContain(mistake);
    });

    it('a route, an arm of the reply or of failures that is not there', () => {
      expect(failure({ routes: { 'unary.flush': {} } })).toMatch(
        /"unary\.flush", which no request \(.*cache\.proto:16\) has: it has unary\.auth/,
      );
      expect(failure({ routes: { watch: { response: 'changes' } } })).toContain('changes');
      expect(failure({ error: 'failure' })).toMatch(/^The response \(.*cache\.proto:29\) has no arm "failure"/);
      expect(failure({ routes: { watch: { error: 'failure' } } })).toMatch(
        /"watch" \(.*cache\.proto:12\): The response \(.*cache\.proto:29\) has no arm "failure"/,
      );
    });

    it('an arm that is for both replies and failures', () => {
      expect(failure({ routes: { watch: { error: 'watch' } } })).toMatch(
        /"watch" \(.*cache\.proto:12\) has the arm "watch" both/,
      );
      expect(failure({ routes: { 'unary.set': { response: 'error' } } })).toMatch(
        /"unary\.set" \(.*cache\.proto:20\) has the arm "error" both/,
      );
    });
  });

  describe('with a server', () => {
    const all = ['unary.auth', 'unary.getItem', 'unary.set', 'watch'];

    it('takes one that handles all of its routes', () => {
      expect(() => cache.checkRoutes!(all)).not.toThrow();
    });

    it('names a pattern without an arm, and an arm without a handler at its line', () => {
      expect(() => cache.checkRoutes!([...all, 'unary.flush'])).toThrow(
        /^No request \(.*cache\.proto:16\) is routed to "unary\.flush": there is unary\.auth/,
      );
      expect(() => cache.checkRoutes!(all.slice(1))).toThrow(/"unary\.auth" .*cache\.proto:18\)/);
      expect(() => protobufContract({ ...cacheOptions, partial: true }).checkRoutes!([])).not.toThrow();
    });

    it('names an extension without a handler at its own line', () => {
      const text = `syntax = "proto2"; package p; message A {}
        message Command { required uint64 id = 1; optional uint32 code = 2; extensions 100; }
        extend Command {
          optional A put = 100; }`;
      withProtos({ 'main.proto': text }, (folder) => {
        const options = { proto: `${folder}/main.proto`, request: 'p.Command', response: 'p.Command' };
        expect(() => protobufContract(options).checkRoutes!([])).toThrow(/"\.p\.put" \(.*main\.proto:4\)/);
      });
    });
  });

  describe('an arm for failures, at the start of a server', () => {
    const { root } = protobuf.parse(`
      syntax = "proto3";
      enum Status { OK = 0; UNAVAILABLE = 14; }
      message Request { uint64 id = 1; uint32 code = 2; Request get = 3; }
      message Both { string code = 1; string message = 2; int32 more = 3; }
      message Message { string message = 1; }
      message Code { string code = 1; }
      message Number { Status code = 1; string message = 2; }
      message Reason { uint32 status = 1; string reason = 2; }
      message Response {
        uint64 id = 1;
        uint32 code = 2;
        oneof kind {
          Request get = 3; Both both = 4; Message message = 5; Code text_code = 6; string text = 7; Number number = 8;
          Reason reason = 9; bytes bytes = 10; bool flag = 11;
        }
      }`);
    const failingWith = (arm: ProtobufContractOptions['error']): Contract =>
      protobufContract({ proto: root, request: 'Request', response: 'Response', error: arm });
    const status = { code: 'UNAVAILABLE', message: 'no' };

    it.each([
      ['both', status],
      ['message', { code: 'HANDLER_FAILED', message: 'no' }],
      ['textCode', { code: 'UNAVAILABLE', message: '' }],
      ['text', { code: 'HANDLER_FAILED', message: 'no' }],
    ])('has a place for them: %s', (arm, told) => {
      const contract = failingWith(arm);
      expect(() => contract.checkRoutes!(['get'])).not.toThrow();
      expect(replies({ route: 'get', status }, contract)).toMatchObject([{ status: told }]);
    });

    it.each([
      ['number', 'Response.number.code has to be'],
      ['reason', 'their message is lost'],
      ['bytes', 'Response.bytes has to be'],
      ['flag', 'Response.flag has to be'],
    ])('has none: %s', (arm, reason) => {
      expect(() => failingWith(arm).checkRoutes!(['get'])).toThrow(InvalidContractError);
      expect(() => failingWith(arm).checkRoutes!(['get'])).toThrow(reason);
    });

    it('is told what to have for them', () => {
      const contract = failingWith({ arm: 'reason', encode: ({ message }) => ({ status: 2, reason: message }) });
      expect(() => contract.checkRoutes!(['get'])).not.toThrow();
    });

    it('is named at its line', () => {
      const options = { ...cacheOptions, error: 'error' };
      expect(() => protobufContract(options).checkRoutes!(['watch'])).toThrow(
        /HANDLER_FAILED do not fit into the arm "error" of the response \(.*cache\.proto:33\): Response\.error\.code has/,
      );
    });
  });

  it('takes a root that is loaded already, and names as the .proto has them', () => {
    const root = protobuf.loadSync('test/interop/proto/rmemstore.proto');
    const options = { proto: root, request: 'rmemstore.Rpc', response: 'rmemstore.Response' };
    const contract = protobufContract(options);
    expect(request({ route: 'get', body: { key: Buffer.of(1) } }, contract)).toMatchObject({ route: 'get' });
    const kept = protobufContract({ ...cacheOptions, keepCase: true, routes: {} });
    expect(request({ route: 'unary.get_item', body: { key: Buffer.of(1) } }, kept)).toMatchObject({
      route: 'unary.get_item',
    });
  });
});

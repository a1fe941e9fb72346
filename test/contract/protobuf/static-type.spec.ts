import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Contract, ControlCode, InvalidContractError, NotSerializableError } from 'nestjs-protosocket';
import protobuf from 'protobufjs';
import { protobufContract, type ProtobufContractOptions, type StaticClass } from 'nestjs-protosocket/protobuf';

import { EncodedFrame } from '../../../lib/connection/encoded-frame.js';
import type { Fields } from '../../../lib/contract/envelope/message-format.js';
import { longOf } from '../../../lib/contract/protobuf/long.js';
import { ReflectedType } from '../../../lib/contract/protobuf/reflected-type.js';
import { StaticType } from '../../../lib/contract/protobuf/static-type.js';
import { everything, inherited } from '../../support/protobuf.js';

// Made by `pbjs -t static-module -w es6 --dependency protobufjs/minimal.js` of test/interop/proto/echo.proto.
const module = './fixtures/echo-static.js';
const { Request, Response } = (await import(module)) as Record<'Request' | 'Response', StaticClass>;

// Made in the same way, without what is not needed.
const routedModule = './fixtures/routed-static.js';
const { routed } = (await import(routedModule)) as { routed: Record<string, StaticClass> };

const generated = protobufContract({
  request: Request,
  response: Response,
  routes: { body: { response: 'echo' } },
});
const reflected = protobufContract({
  proto: 'test/interop/proto/echo.proto',
  request: 'Request',
  response: 'Response',
  routes: { body: { response: 'echo' } },
});

const bytesOf = (contract: Contract, body: object): Buffer => {
  const frame = new EncodedFrame(1024);
  contract.requests.encode({ id: 2n ** 64n - 1n, code: ControlCode.Normal, route: 'body', body }, frame);
  return frame.whole;
};

describe('protobufContract of a static module', () => {
  it.each([
    { message: 'hi', nanotime: 2n ** 64n - 1n },
    { message: '', nanotime: 5 },
    { message: 'é', nanotime: '7' },
  ])('writes and reads as the .proto does: %j', (body) => {
    const bytes = bytesOf(generated, body);
    expect(bytes.toString('hex')).toBe(bytesOf(reflected, body).toString('hex'));
    const calls = { routeOf: () => undefined };
    const message = generated.requests.decode(bytes, 0, bytes.length, calls);
    expect(message).toEqual(reflected.requests.decode(bytes, 0, bytes.length, calls));
    expect(message.id).toBe(2n ** 64n - 1n);
  });

  it('refuses a whole response with a field that it has not', () => {
    const { replies } = protobufContract({ request: Request, response: Response });
    const encode = (body: object): void =>
      replies.encode({ id: 1, code: ControlCode.Normal, route: 'body', body }, new EncodedFrame(1024));
    expect(() => encode({ echo: {} })).not.toThrow();
    expect(() => encode({ message: 'hi' })).toThrow('no field "message": it has requestId, code, echo, stream');
  });

  it.each(['bigint', 'string'] as const)('gives 64 bits as %s when asked', (int64) => {
    const options: ProtobufContractOptions = { request: Request, response: Response, routes: {}, int64 };
    const bytes = bytesOf(generated, { nanotime: 5 });
    const { body } = protobufContract(options).requests.decode(bytes, 0, bytes.length, { routeOf: () => undefined });
    expect((body as { nanotime: unknown }).nanotime).toBe(int64 === 'bigint' ? 5n : '5');
  });

  it('has the routes that the .proto has, also within envelopes', () => {
    const reflection = protobufContract({
      proto: 'test/contract/protobuf/fixtures/routed.proto',
      request: 'routed.Request',
      response: 'routed.Response',
      arms: 'kind',
    });
    const classes = protobufContract({ request: routed.Request!, response: routed.Response!, arms: 'kind' });
    const message = { id: 1, code: ControlCode.Normal, route: 'unary.get', body: { key: 'k' } };
    const [frame, expected] = [new EncodedFrame(1024), new EncodedFrame(1024)];
    classes.requests.encode(message, frame);
    reflection.requests.encode(message, expected);
    const bytes = frame.whole;
    expect(bytes.toString('hex')).toBe(expected.whole.toString('hex'));
    expect(classes.requests.decode(bytes, 0, bytes.length, { routeOf: () => undefined })).toEqual(message);
  });

  const plain = { defaults: false, enums: 'number', int64: 'number' } as const;
  // protobufjs' own classes have the code that those of a static module have.
  const staticOf = (type: protobuf.Type): StaticType => new StaticType(type.ctor as unknown as StaticClass, plain);

  const written = (type: StaticType | ReflectedType, fields: Fields): string => {
    const writer = protobuf.Writer.create();
    type.write(fields, writer);
    return Buffer.from(writer.finish()).toString('hex');
  };
  const outcome = (type: StaticType | ReflectedType, fields: Fields): unknown => {
    try {
      return written(type, fields);
    } catch (error) {
      expect(error).toBeInstanceOf(NotSerializableError);
      return 'refused';
    }
  };

  it('writes the integers that the .proto has room for, in whichever form, and refuses all others', () => {
    const edges = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n].flatMap((edge) => [edge, -edge]);
    const exact = fc.tuple(fc.constantFrom(...edges), fc.bigInt(-5n, 5n)).map(([edge, more]) => edge + more);
    const integer = fc.oneof(
      exact,
      exact.map(String),
      exact.map(Number),
      fc.tuple(exact, fc.boolean()).map(([value, unsigned]) => longOf(value, unsigned)),
      fc.constantFrom('', '5.0', 'soon', '007', 1.5, NaN, -0),
    );
    const types = ['Int32', 'Uint32', 'Sint32', 'Fixed32', 'Sfixed32'];
    const names = [...types, ...types.map((type) => type.replace('32', '64'))].map(
      (type) => `${type.startsWith('I') ? 'an' : 'a'}${type}`,
    );
    const fields = fc.oneof(
      fc.tuple(fc.constantFrom(...names, 'maybe', 'oneLong', 'aDouble', 'color'), integer),
      fc.tuple(fc.constantFrom('numbers', 'longs'), fc.array(integer, { maxLength: 3 })),
      fc.tuple(fc.constant('byText'), fc.dictionary(fc.string(), integer, { maxKeys: 3 })),
    );
    const messages = fc.letrec<{ message: Fields }>((tie) => ({
      message: fc.oneof(
        { maxDepth: 3 },
        fields.map(([name, value]) => ({ [name]: value })),
        tie('message').map((nested) => ({ nested })),
        tie('message').map((oneNested) => ({ oneNested })),
        tie('message').map((child) => ({ children: [{}, child] })),
        tie('message').map((entry) => ({ byBool: { true: entry } })),
      ),
    })).message;
    const classes = staticOf(everything);
    const reflection = new ReflectedType(everything, plain);
    let compared = 0;
    fc.assert(
      fc.property(messages, (message) => {
        const expected = outcome(reflection, message);
        if (expected !== 'refused') compared++;
        expect(outcome(classes, message)).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it.each<[string, Fields]>([
    ['.aUint64 has to be an integer that fits, and is a value of type bigint', { aUint64: 2n ** 64n + 5n }],
    ['.oneNested.aUint32 has to be', { oneNested: { aUint32: 2 ** 32 + 2 } }],
    ['.children[1].longs[0] has to be', { children: [{}, { longs: ['9223372036854775808'] }] }],
    ['.byText.a has to be', { byText: { a: -1 } }],
  ])('says where an integer does not fit: %s', (text, fields) => {
    expect(() => written(staticOf(everything), fields)).toThrow(NotSerializableError);
    expect(() => written(staticOf(everything), fields)).toThrow(text);
  });

  it.each<[string, Fields]>([
    ['.nested has to be an object, and is a Date', { nested: new Date() }],
    ['.nested has to be an object, and is an array', { nested: [] }],
    ['.children[0] has to be an object, and is a Map', { children: [new Map()] }],
    ['.byText has to be an object, and is a Map', { byText: new Map([['a', 1]]) }],
  ])('takes nothing without fields for an empty message: %s', (text, fields) => {
    expect(() => written(staticOf(everything), fields)).toThrow(NotSerializableError);
    expect(() => written(staticOf(everything), fields)).toThrow(text);
  });

  it('takes nothing that every object has for the value of a field', () => {
    const fields = { keys: 'x', hasOwnProperty: { keys: 'y' }, toLocaleString: { a: {} } };
    expect(written(staticOf(inherited), fields)).toBe(written(new ReflectedType(inherited, plain), fields));
  });

  it('takes no enum for its route, whose members a class does not tell', () => {
    const classes = { request: Request, response: Response, route: 'responseBehavior' };
    expect(() => protobufContract(classes)).toThrow(InvalidContractError);
    expect(() => protobufContract(classes)).toThrow('Request.responseBehavior cannot be the route');
    expect(() =>
      protobufContract({ ...classes, proto: 'test/interop/proto/echo.proto', request: 'Request' }),
    ).not.toThrow();
  });

  it.each([['verify'], ['fromObject', 'toObject'], ['encode', 'decode']])(
    'takes no class that was generated without what it needs: %s',
    (...names) => {
      const part = Object.assign(() => undefined, Request, Object.fromEntries(names.map((name) => [name, undefined])));
      const options = { request: part as unknown as StaticClass, response: Response };
      expect(() => protobufContract(options)).toThrow(InvalidContractError);
      for (const name of names) expect(() => protobufContract(options)).toThrow(name);
    },
  );

  it('has nothing in the required fields of a message that has no place for them', () => {
    const { root } = protobuf.parse(`
      message Inner { required string text = 1; }
      message Flat { required uint64 id = 1; required uint32 code = 2; required string text = 3; optional Inner inner = 4; }
      message Nested { required uint64 id = 1; required uint32 code = 2; required Inner inner = 3; }`);
    const classOf = (name: string): StaticClass => root.lookupType(name).ctor as unknown as StaticClass;
    const { requests } = protobufContract({ request: classOf('Flat'), response: classOf('Flat') });
    const frames = new EncodedFrame(1024);
    requests.encode({ id: 1, code: ControlCode.Cancel }, frames);
    expect(root.lookupType('Flat').decodeDelimited(frames.whole)).toMatchObject({ code: 1, text: '' });
    // Of a message within it, a class does not tell what is required there.
    expect(() => protobufContract({ request: classOf('Flat'), response: classOf('Nested') })).toThrow('inner');
  });

  it('names what does not fit', () => {
    expect(() => bytesOf(generated, { message: { not: 'a text' } })).toThrow(NotSerializableError);
    expect(() => bytesOf(generated, { nanotime: -1 })).toThrow('Request.body.nanotime has to be an integer that fits');
    expect(() => protobufContract({ request: Request, response: Response, id: 'number' })).toThrow(
      InvalidContractError,
    );
  });
});

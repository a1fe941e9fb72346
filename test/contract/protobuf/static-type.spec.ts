import { describe, expect, it } from '@jest/globals';
import { type Contract, ControlCode, InvalidContractError, NotSerializableError } from 'nestjs-protosocket';
import { protobufContract, type ProtobufContractOptions, type StaticClass } from 'nestjs-protosocket/protobuf';

import { EncodedFrame } from '../../../lib/connection/encoded-frame.js';

// Made by `pbjs -t static-module -w es6 --dependency protobufjs/minimal.js` of test/interop/proto/echo.proto.
const module = './fixtures/echo-static.js';
const { Request, Response } = (await import(module)) as Record<'Request' | 'Response', StaticClass>;

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
  it.each([{ message: 'hi', nanotime: 2n ** 64n - 1n }, { message: '', nanotime: 5 }, { message: 'é' }])(
    'writes and reads as the .proto does: %j',
    (body) => {
      const bytes = bytesOf(generated, body);
      expect(bytes.toString('hex')).toBe(bytesOf(reflected, body).toString('hex'));
      const calls = { routeOf: () => undefined };
      const message = generated.requests.decode(bytes, 0, bytes.length, calls);
      expect(message).toEqual(reflected.requests.decode(bytes, 0, bytes.length, calls));
      expect(message.id).toBe(2n ** 64n - 1n);
    },
  );

  it.each(['bigint', 'string'] as const)('gives 64 bits as %s when asked', (int64) => {
    const options: ProtobufContractOptions = { request: Request, response: Response, routes: {}, int64 };
    const bytes = bytesOf(generated, { nanotime: 5 });
    const { body } = protobufContract(options).requests.decode(bytes, 0, bytes.length, { routeOf: () => undefined });
    expect((body as { nanotime: unknown }).nanotime).toBe(int64 === 'bigint' ? 5n : '5');
  });

  it('names what does not fit', () => {
    expect(() => bytesOf(generated, { message: { not: 'a text' } })).toThrow(NotSerializableError);
    expect(() => protobufContract({ request: Request, response: Response, id: 'number' })).toThrow(
      InvalidContractError,
    );
  });
});

import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import { NotSerializableError, ProtocolViolationError } from 'nestjs-protosocket';
import { protobufContract, type StaticClass } from 'nestjs-protosocket/protobuf';
import protobuf from 'protobufjs';

import { EncodedFrame } from '../../../lib/connection/encoded-frame.js';
import { ProtobufFormat } from '../../../lib/contract/protobuf/protobuf-format.js';

const { requests } = protobufContract({
  proto: 'test/interop/proto/echo.proto',
  keepCase: true,
  request: 'Request',
  response: 'Response',
  route: 'response_behavior',
  routes: { Unary: { response: 'echo' }, Stream: { response: 'stream', reply: 'stream' } },
});

/** A request with `text` in it, as a frame. */
function frameOf(text: string): Buffer {
  const frame = new EncodedFrame(1024);
  const body = { body: { message: text, nanotime: 2 ** 40 } };
  requests.encode({ id: 1, code: 0, route: 'Unary', body }, frame);
  return frame.whole;
}

const calls = { routeOf: (): undefined => undefined };

describe('ProtobufFormat', () => {
  it('reads a frame wherever it lies, and each as if it were the only one', () => {
    const frames = ['first', 'the second', ''].map(frameOf);
    const bytes = Buffer.concat(frames);
    const alone = frames.map((frame) => requests.decode(frame, 0, frame.length, calls));
    let start = 0;
    for (const [index, { length }] of frames.entries()) {
      expect(requests.decode(bytes, start, start + length, calls)).toEqual(alone[index]);
      start += length;
    }
  });

  it('never reads on into the frame behind, wherever a frame is cut', () => {
    const whole = frameOf('cut');
    for (let length = 2; length < whole.length; length++) {
      // The prefix says that the frame ends here, and what follows would complete its fields.
      const bytes = Buffer.concat([Buffer.from([length - 1]), whole.subarray(1)]);
      let read: unknown;
      try {
        read = requests.decode(bytes, 0, length, calls);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolationError);
      }
      // Some cuts fall between fields, and leave a message: the same as when there is nothing behind.
      if (read !== undefined) expect(read).toEqual(requests.decode(bytes.subarray(0, length), 0, length, calls));
    }
  });

  it('reads the next message after one that it could not read', () => {
    const good = frameOf('good');
    const expected = requests.decode(good, 0, good.length, calls);
    expect(() => requests.decode(Buffer.from([3, 0xff, 0xff, 0xff]), 0, 4, calls)).toThrow(ProtocolViolationError);
    expect(requests.decode(good, 0, good.length, calls)).toEqual(expected);
  });

  it('lets what is being written send another one', () => {
    const { root } = protobuf.parse(`
      syntax = "proto3"; message M { uint64 id = 1; uint32 code = 2; oneof kind { Some some = 3; } }
      message Some { bytes bytes = 1; }`);
    const contract = protobufContract({ proto: root, request: 'M', response: 'M' });
    const send = (bytes: Uint8Array): Buffer => {
      const frame = new EncodedFrame(1024);
      contract.requests.encode({ id: 1, code: 0, route: 'some', body: { bytes } }, frame);
      return frame.whole;
    };
    class Sending extends Uint8Array {
      override get length(): number {
        send(Buffer.from('inner'));
        return this.byteLength;
      }
    }
    // What is sent first leaves a writer.
    const expected = send(Buffer.from('outer'));
    expect(send(new Sending(Buffer.from('outer')))).toEqual(expected);
  });

  it('has nothing of a message that it could not read in the error', () => {
    const { root } = protobuf.parse(`
      syntax = "proto2"; message M { required uint64 id = 1; required uint32 code = 2; optional Login login = 3; }
      message Login { optional string password = 1; required string user = 2; }`);
    const contract = protobufContract({ proto: root, request: 'M', response: 'M' });
    const frame = Buffer.from([14, 8, 1, 16, 0, 26, 8, 10, 6, ...Buffer.from('secret')]);
    let thrown: unknown;
    try {
      contract.requests.decode(frame, 0, frame.length, calls);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ProtocolViolationError);
    const all = inspect(thrown, { depth: Infinity });
    expect(all).toContain("missing required 'user'");
    expect(all).not.toContain('secret');
  });

  it('lets a getter of a message send another one', () => {
    const inner: Buffer[] = [];
    const body = {
      get message() {
        inner.push(frameOf('inner'));
        return 'outer';
      },
      nanotime: 2 ** 40,
    };
    const frame = new EncodedFrame(1024);
    requests.encode({ id: 1, code: 0, route: 'Unary', body: { body } }, frame);
    expect(frame.whole.equals(frameOf('outer'))).toBe(true);
    expect(inner).toEqual([frameOf('inner')]);
  });

  it('reads long lists of numbers from where they are', () => {
    const { root } = protobuf.parse(`
      syntax = "proto3";
      message Request { uint64 id = 1; uint32 code = 2; Numbers numbers = 3; }
      message Numbers { repeated double doubles = 1; repeated fixed32 fixed = 2; }`);
    const options = { request: 'Request', response: 'Request' };
    const Request = root.lookupType('Request');
    // A class of a static module is read by protobufjs' own code.
    const generated = { ...options, request: Request.ctor as unknown as StaticClass };
    Object.assign(Request.ctor, { verify: () => null });
    for (const contract of [
      protobufContract({ proto: root, ...options }),
      protobufContract({ proto: root, ...generated }),
    ]) {
      for (const value of [1, 2]) {
        const numbers = { doubles: Array<number>(10).fill(value), fixed: Array<number>(200).fill(value) };
        const frame = Buffer.from(Request.encodeDelimited({ id: 1, numbers }).finish());
        expect(contract.requests.decode(frame, 0, frame.length, calls)).toMatchObject({ body: numbers });
      }
    }
  });

  it('fails to write whatever a getter throws', () => {
    const body = {
      get message(): string {
        throw Object.create(null);
      },
    };
    const frame = new EncodedFrame(1024);
    const encode = (): void => requests.encode({ id: 1, code: 0, route: 'Unary', body: { body } }, frame);
    expect(encode).toThrow(NotSerializableError);
  });

  it('keeps a writer for the next message, unless its buffer has grown beyond what messages need', () => {
    const writers: protobuf.Writer[] = [];
    const writersFor = (write: (writer: protobuf.Writer) => void): number => {
      const format = new ProtobufFormat({
        reader: protobuf.Reader.create(Buffer.alloc(0)),
        read: () => ({}),
        write: (_, writer) => {
          writers.push(writer);
          write(writer);
        },
      });
      writers.length = 0;
      for (let i = 0; i < 2; i++) format.write({}, new EncodedFrame(1024 * 1024));
      return new Set(writers).size;
    };
    expect(writersFor((writer) => writer.bytes(Buffer.alloc(30_000)))).toBe(1);
    expect(writersFor((writer) => writer.bytes(Buffer.alloc(100_000)))).toBe(2);
    // Room is made for the longest that each of them might be.
    expect(writersFor((writer) => writer.uint32(10).int32s(new Array<number>(60_000).fill(1)))).toBe(2);
  });

  it('keeps nothing of a message that it could not read', () => {
    const reader = protobuf.Reader.create(Buffer.alloc(0));
    const format = new ProtobufFormat({
      reader,
      read: () => {
        throw new Error('unreadable');
      },
      write: () => undefined,
    });
    expect(() => format.read(Buffer.from([1, 0]), 0, 2)).toThrow('unreadable');
    expect(reader.buf).toHaveLength(0);
  });
});

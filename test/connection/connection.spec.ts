import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { Connection, type ConnectionLimits, defaultConnectionLimits } from '../../lib/connection/index.js';
import { builtInCodec, type Encoder, type Message } from '../../lib/contract/index.js';
import {
  MessageTooLargeError,
  NotSerializableError,
  ProtocolViolationError,
  ResourceExhaustedError,
} from '../../lib/errors/index.js';
import { ControlCode, Found, FrameDecoder, type FrameSink } from '../../lib/wire/index.js';
import { eventually } from '../support/eventually.js';
import { FakeSocket } from '../support/fake-socket.js';
import { frameOf } from '../support/messages.js';
import { RecordedReceiver } from '../support/recorded-receiver.js';
import { turn } from '../support/turn.js';

const codec = builtInCodec();
const { Cancel, End, Normal } = ControlCode;
const message = (id: number, size = 0): Message => ({ id, code: Normal, body: Buffer.alloc(size, id) });
const frame = (id: number, size = 0): Buffer => frameOf(codec, message(id, size));

/** The bytes leave by ticks of the event loop, which run on. */
function stopTime(): void {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
}

function open(
  limits: Partial<ConnectionLimits> = {},
  { answers = false, outgoing = codec } = {},
): { socket: FakeSocket; connection: Connection; receiver: RecordedReceiver } {
  const socket = new FakeSocket();
  const connection = new Connection(socket.asSocket, codec, outgoing, { ...defaultConnectionLimits, ...limits });
  const receiver = new RecordedReceiver();
  connection.start(receiver, { answers });
  return { socket, connection, receiver };
}

/** The messages in what was written, which has to be whole frames. */
function messagesIn(bytes: Buffer): Message[] {
  const decoder = new FrameDecoder(codec.measure, Infinity);
  const messages: Message[] = [];
  decoder.push(bytes);
  while (decoder.next() === Found.Frame) messages.push(codec.decode(decoder.bytes, decoder.start, decoder.end));
  expect(decoder.violation).toBeUndefined();
  expect(decoder.hasPartial).toBe(false);
  return messages;
}

describe('Connection', () => {
  describe('sends', () => {
    it('the messages of a tick in one write', async () => {
      const { socket, connection } = open();
      for (let id = 1; id <= 100; id++) connection.send(message(id));
      expect(socket.taken).toHaveLength(0);
      await turn();
      expect(socket.taken).toHaveLength(1);
      expect(messagesIn(socket.bytes).map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    });

    it('thousands of messages of a tick in few writes, and not the first as late as the last', async () => {
      const { socket, connection } = open();
      for (let id = 1; id <= 5_000; id++) connection.send(message(id, 10));
      expect(socket.taken.length).toBeGreaterThan(0);
      await turn();
      expect(socket.taken.length).toBeLessThan(100);
      expect(messagesIn(socket.bytes)).toHaveLength(5_000);
    });

    it('in larger pieces when more is in flight, and when more came in at once', async () => {
      const pieces = async (answers: boolean, set: (world: ReturnType<typeof open>) => void): Promise<number> => {
        const world = open({}, { answers });
        set(world);
        for (let id = 1; id <= 1_000; id++) world.connection.send(message(id % 251, 100));
        await turn();
        expect(messagesIn(world.socket.bytes)).toHaveLength(1_000);
        return world.connection.flushes;
      };
      const { length } = frame(1, 100);
      const messagesOf = (size: number): number => Math.ceil(size / length);
      // At the end of the first piece, of whose size nothing was known, it is known how large the next has to be.
      const piecesOf = (size: number): number => 1 + Math.ceil((1_000 - messagesOf(512)) / messagesOf(size));
      // The first four are small, since there may be no more to come.
      expect(await pieces(false, () => undefined)).toBe(
        4 + Math.ceil((1_000 - 4 * messagesOf(512)) / messagesOf(2_048)),
      );
      expect(await pieces(false, ({ receiver }) => void (receiver.awaited = 400))).toBe(
        piecesOf(100 * frame(1, 100).length),
      );
      const request = frame(1, 5_000);
      expect(await pieces(true, ({ socket }) => void socket.emit('data', request))).toBe(piecesOf(request.length));
    });

    it('in small pieces again at the beginning of each tick', async () => {
      const { connection } = open();
      for (let tick = 0; tick < 3; tick++) {
        const before = connection.flushes;
        for (let id = 1; id <= 6; id++) connection.send(message(id, 100));
        expect(connection.flushes).toBe(before + 1);
        for (let id = 1; id <= 1_000; id++) connection.send(message(id % 251, 100));
        await turn();
      }
    });

    it('and answers how long the frame is', () => {
      const { connection } = open();
      for (const size of [0, 200, 100_000]) {
        const expected = frame(1, size).length;
        expect(connection.send(message(1, size))).toBe(expected);
        expect(connection.encode(message(1, size))).toHaveLength(expected);
        expect(connection.sendEncoded(connection.encode(message(1, size)))).toBe(expected);
      }
    });

    it('frames intact and in order, however large they are and however slowly they are taken', async () => {
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.record({ is: fc.constant('send' as const), size: fc.nat(3_000) }) },
        {
          weight: 2,
          arbitrary: fc.record({ is: fc.constant('send' as const), size: fc.integer({ min: 50_000, max: 200_000 }) }),
        },
        { weight: 2, arbitrary: fc.record({ is: fc.constant('later' as const), size: fc.nat(3_000) }) },
        { weight: 2, arbitrary: fc.constantFrom({ is: 'fails' as const }, { is: 'too large' as const }) },
        { weight: 5, arbitrary: fc.constantFrom({ is: 'turn' as const }, { is: 'stall' as const }) },
        { weight: 3, arbitrary: fc.constantFrom({ is: 'take' as const }, { is: 'unstall' as const }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
          const { socket, connection } = open({ maxBufferSize: 300_000 });
          const sent: Buffer[] = [];
          let id = 0;
          for (const step of steps) {
            if (step.is === 'send' || step.is === 'later') {
              const next = message(++id % 251, step.size);
              sent.push(frameOf(codec, next));
              if (step.is === 'send') connection.send(next);
              else connection.sendEncoded(connection.encode(next));
            } else if (step.is === 'fails') {
              expect(() => connection.send({ ...message(1), body: 1n })).toThrow(NotSerializableError);
            } else if (step.is === 'too large') {
              expect(() => connection.send(message(1, 300_000))).toThrow(MessageTooLargeError);
            } else if (step.is === 'turn') {
              await turn();
            } else if (step.is === 'stall') {
              socket.stalled = true;
            } else if (step.is === 'take') {
              socket.takeOne();
            } else {
              socket.unstall();
            }
          }
          socket.unstall();
          await turn();
          // Not `toEqual`, which would take its time over megabytes.
          expect(socket.bytes.equals(Buffer.concat(sent))).toBe(true);
        }),
        { numRuns: 200 },
      );
    });

    it('a message of exactly maxBufferSize, and nothing of one that is longer', async () => {
      const { socket, connection } = open({ maxBufferSize: frame(1, 1_000).length });
      expect(() => connection.send(message(1, 1_001))).toThrow(MessageTooLargeError);
      expect(() => connection.encode(message(1, 1_001))).toThrow(MessageTooLargeError);
      connection.send(message(2, 1_000));
      await turn();
      expect(socket.bytes).toEqual(frame(2, 1_000));
      expect(connection.isOpen).toBe(true);
    });

    it('nothing of a message that is half encoded, and closes, for the peer would wait for the rest', async () => {
      const half = {
        ...codec,
        encode(message: Message, out: FrameSink) {
          if (message.id === 2) codec.encode({ ...message, body: 'first frame' }, out);
          codec.encode(message, out);
        },
      };
      const { socket, connection, receiver } = open({}, { outgoing: half });
      connection.send(message(1));
      expect(() => connection.encode({ id: 2, code: Normal, body: 1n })).toThrow(NotSerializableError);
      expect(connection.isOpen).toBe(true);
      expect(() => connection.send({ id: 2, code: Normal, body: 1n })).toThrow(NotSerializableError);
      await turn();
      expect(socket.taken).toEqual([]);
      expect(receiver.causes).toEqual([expect.any(NotSerializableError)]);
    });

    it('with a code, also where its encoder throws what cannot become a text', () => {
      const encode = (): never => {
        throw Object.create(null);
      };
      const { connection } = open({}, { outgoing: { ...codec, encode } });
      expect(() => connection.send(message(1))).toThrow(NotSerializableError);
    });

    describe('a message that is sent while another is put into bytes', () => {
      /** Sends `inner` before it writes message 1, as a getter in a payload may. */
      function openNesting(inner: Message[], write: Encoder['encode']) {
        const lengths: number[] = [];
        const encode = (message: Message, out: FrameSink): void => {
          if (message.id !== 1) return codec.encode(message, out);
          for (const each of inner) lengths.push(world.connection.send(each));
          write(message, out);
        };
        const world = open({}, { outgoing: { ...codec, encode } });
        return { ...world, lengths };
      }

      it.each([0, 100_000])('before it, each with its own length, and leaves at once or not (%p)', async (size) => {
        const inner = [message(2, size), message(3, size)];
        const { socket, connection, lengths } = openNesting(inner, (...outer) => codec.encode(...outer));
        connection.send(message(4, 400));
        expect(connection.send(message(1, 10))).toBe(frame(1, 10).length);
        expect(lengths).toEqual([frame(2, size).length, frame(3, size).length]);
        expect(connection.flushes).toBe(size > 0 ? 2 : 0);
        await turn();
        expect(messagesIn(socket.bytes).map(({ id }) => id)).toEqual([4, 2, 3, 1]);
      });

      it('though it is not for the other, of which nothing is', () => {
        const { connection } = openNesting([message(2)], () => undefined);
        expect(connection.send(message(1))).toBe(0);
      });

      it.each([0, 100_000])('though the other fails, for it is whole (%p)', async (size) => {
        const { socket, connection, receiver } = openNesting([message(2, size)], () => {
          throw new Error('of a getter');
        });
        expect(() => connection.send(message(1))).toThrow(NotSerializableError);
        await turn();
        expect(receiver.causes).toEqual([]);
        expect(messagesIn(socket.bytes).map(({ id }) => id)).toEqual([2]);
      });

      it.each([0, 100_000])(
        'and closes where the other is half encoded, though its half has left (%p)',
        async (size) => {
          const half = {
            ...codec,
            encode(each: Message, out: FrameSink) {
              codec.encode(each, out);
              if (each.id !== 1) return;
              connection.send(message(2, size));
              throw new Error('of a getter');
            },
          };
          const { connection, receiver } = open({}, { outgoing: half });
          expect(() => connection.send(message(1))).toThrow(NotSerializableError);
          await turn();
          expect(receiver.causes).toEqual([expect.any(NotSerializableError)]);
        },
      );
    });

    it('nothing once it is closed', async () => {
      const { socket, connection } = open();
      connection.destroy();
      connection.send(message(1));
      connection.sendEncoded(frame(2));
      await turn();
      connection.send(message(3));
      await turn();
      expect(socket.taken).toEqual([]);
    });
  });

  describe('to a peer that does not read', () => {
    it('has no room until it does, and says so once', async () => {
      const { socket, connection, receiver } = open();
      socket.stalled = true;
      expect(connection.hasRoom).toBe(true);
      for (let id = 1; id <= 10; id++) {
        connection.send(message(id, 100_000));
        await turn();
      }
      expect(connection.hasRoom).toBe(false);
      expect(receiver.rooms).toBe(0);
      socket.takeOne();
      await turn();
      expect(connection.hasRoom).toBe(false);
      socket.unstall();
      await turn();
      expect(connection.hasRoom).toBe(true);
      expect(receiver.rooms).toBe(1);
    });

    it('has room as long as the kernel takes it all, however much it is', async () => {
      const { connection, receiver } = open();
      connection.send(message(1, 1_000_000));
      expect(connection.hasRoom).toBe(true);
      await turn();
      expect(connection.hasRoom).toBe(true);
      expect(receiver.rooms).toBe(0);
    });

    it.each([true, false])('reads on only if it does not answer its peer (answers: %p)', async (answers) => {
      const { socket, connection, receiver } = open({}, { answers });
      socket.stalled = true;
      connection.send(message(1, 100_000));
      await turn();
      socket.push(frame(7));
      await turn();
      expect(receiver.messages).toHaveLength(answers ? 0 : 1);
      socket.unstall();
      await turn();
      expect(receiver.messages.map(({ id }) => id)).toEqual([7]);
    });

    it('does not hold the memory of a large message once that has left', async () => {
      let room = 0;
      const encode = (each: Message, out: FrameSink): void => {
        room = out.bytes.length;
        codec.encode(each, out);
      };
      const { socket, connection } = open({}, { outgoing: { ...codec, encode } });
      socket.stalled = true;
      connection.send(message(1, 1_000_000));
      await turn();
      expect(connection.hasRoom).toBe(false);
      socket.unstall();
      await turn();
      connection.send(message(2, 10));
      expect(room).toBe(0);
      await turn();
      expect(messagesIn(socket.bytes)).toEqual([message(1, 1_000_000), message(2, 10)]);
    });

    it('takes no more than maxSendBufferSize, but a Cancel or an End, and what was made before', async () => {
      const { socket, connection } = open({ maxSendBufferSize: 200_000 });
      socket.stalled = true;
      for (const id of [1, 2]) {
        connection.send(message(id, 100_000));
        await turn();
      }
      expect(() => connection.send(message(3))).toThrow(ResourceExhaustedError);
      expect(() => connection.send({ id: 3, code: Normal })).toThrow(ResourceExhaustedError);
      connection.send({ id: 4, code: Cancel });
      connection.send({ id: 5, code: End });
      connection.sendEncoded(frame(6));
      socket.unstall();
      await turn();
      connection.send(message(7));
      await turn();
      expect(messagesIn(socket.bytes).map(({ id }) => id)).toEqual([1, 2, 4, 5, 6, 7]);
    });

    it('takes an acknowledgement or a failure all the same, where it is the side that answers', async () => {
      const { socket, connection } = open({ maxSendBufferSize: 100_000 }, { answers: true });
      socket.stalled = true;
      connection.send(message(1, 100_000));
      await turn();
      const status = { code: 'RESOURCE_EXHAUSTED', message: '' };
      expect(() => connection.send({ id: 2, code: Normal, status: { ...status, details: {} } })).toThrow();
      expect(() => connection.send({ id: 2, code: Normal, more: true })).toThrow(ResourceExhaustedError);
      connection.send({ id: 3, code: Normal, status });
      connection.send({ id: 4, code: Normal });
      socket.unstall();
      await turn();
      expect(messagesIn(socket.bytes).map(({ id }) => id)).toEqual([1, 3, 4]);
    });

    it('closes when it takes nothing for writeTimeout, of which Node tells', async () => {
      const { socket, connection, receiver } = open({ writeTimeout: 5_000 });
      connection.send(message(1, 1_000_000));
      await turn();
      // The kernel took it all, so there is nothing to wait for.
      expect(socket.timeLimit).toBe(0);
      socket.stalled = true;
      connection.send(message(2, 100_000));
      await turn();
      connection.send(message(3, 100_000));
      await turn();
      // A short look, for Node says nothing where some has left since its last one.
      expect(socket.timeLimit).toBe(50);
      socket.emit('timeout');
      expect(socket.timeLimit).toBe(5_000);
      await turn();
      expect(receiver.causes).toEqual([]);
      socket.emit('timeout');
      await turn();
      expect(receiver.causes).toEqual([expect.any(ResourceExhaustedError)]);
    });

    it('does not close when it took what waited', async () => {
      const { socket, connection, receiver } = open({ writeTimeout: 5_000 });
      socket.stalled = true;
      connection.send(message(1, 100_000));
      await turn();
      socket.unstall();
      await turn();
      expect(socket.timeLimit).toBe(0);
      // Of an application that has set a limit of its own.
      socket.emit('timeout');
      socket.emit('timeout');
      expect(socket.timeLimit).toBe(0);
      await turn();
      expect(receiver.causes).toEqual([]);
    });

    it('takes all it gets with a maxSendBufferSize of 0', async () => {
      const { socket, connection } = open({ maxSendBufferSize: 0 });
      socket.stalled = true;
      for (let id = 1; id <= 20; id++) {
        connection.send(message(id, 100_000));
        await turn();
      }
      expect(connection.isOpen).toBe(true);
    });
  });

  describe('receives', () => {
    it('messages with their length, in whatever chunks', async () => {
      const { socket, receiver } = open();
      const frames = [frame(1, 10), frame(2), frame(3, 300)];
      for (const byte of Buffer.concat(frames)) socket.push(Buffer.of(byte));
      socket.push(Buffer.concat(frames));
      await turn();
      expect(receiver.messages.map(({ id }) => id)).toEqual([1, 2, 3, 1, 2, 3]);
      expect(receiver.lengths).toEqual([...frames, ...frames].map(({ length }) => length));
    });

    it('a few hundred messages in a turn of the event loop, in order, and reads on after the last', async () => {
      const { socket, receiver } = open();
      const frames = Array.from({ length: 2_000 }, (_, i) => frame(i + 1));
      socket.push(Buffer.concat([...frames.slice(0, 1_500), frames[1_500]!.subarray(0, 1)]));
      socket.push(Buffer.concat([frames[1_500]!.subarray(1), ...frames.slice(1_501)]));
      const seen: number[] = [];
      while (receiver.messages.length < 2_000) {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(receiver.messages.length);
      }
      const steps = seen.map((count, i) => count - (seen[i - 1] ?? 0));
      expect(Math.max(...steps)).toBeLessThanOrEqual(512);
      expect(receiver.messages.map(({ id }) => id)).toEqual(frames.map((_, i) => i + 1));
      socket.push(frame(7));
      await turn();
      expect(receiver.messages).toHaveLength(2_001);
    });

    it('no more of what was read while there is no room to send, and the rest when there is', async () => {
      const { socket, connection, receiver } = open({}, { answers: true });
      socket.stalled = true;
      receiver.work = ({ id }) => {
        if (id === 10) connection.send(message(1, 100_000));
      };
      socket.push(Buffer.concat(Array.from({ length: 1_000 }, (_, i) => frame(i + 1))));
      await turn();
      const before = receiver.messages.length;
      expect(before).toBeLessThan(600);
      await turn();
      expect(receiver.messages).toHaveLength(before);
      socket.unstall();
      await eventually(() => receiver.messages.length === 1_000);
      socket.push(frame(7));
      await eventually(() => receiver.messages.length === 1_001);
    });

    it.each([false, true])('all that came before a FIN, whether there is room (%p) or not', async (room) => {
      const { socket, connection, receiver } = open({}, { answers: true });
      receiver.work = ({ id }) => {
        if (id !== 10) return;
        socket.stalled = !room;
        connection.send(message(1, 100_000));
      };
      socket.push(Buffer.concat(Array.from({ length: 1_000 }, (_, i) => frame(i + 1))));
      socket.push(null);
      await eventually(() => receiver.causes.length > 0);
      expect(receiver.messages).toHaveLength(1_000);
      expect(receiver.causes).toEqual([undefined]);
    });

    it('all that came before it ends itself', async () => {
      const { socket, connection, receiver } = open({}, { answers: true });
      receiver.work = ({ id }) => {
        if (id !== 10) return;
        socket.stalled = true;
        connection.send(message(1, 100_000));
      };
      socket.push(Buffer.concat(Array.from({ length: 1_000 }, (_, i) => frame(i + 1))));
      await eventually(() => receiver.messages.length > 0);
      const closed = connection.end();
      await eventually(() => receiver.messages.length === 1_000);
      socket.unstall();
      socket.push(null);
      await closed;
    });

    it('nothing more of what was read once it is closed', async () => {
      const { socket, connection, receiver } = open();
      socket.push(Buffer.concat(Array.from({ length: 1_000 }, (_, i) => frame(i + 1))));
      await eventually(() => receiver.messages.length >= 256);
      connection.destroy();
      const before = receiver.messages.length;
      await turn();
      expect(receiver.messages).toHaveLength(before);
    });

    it('what lies before a violation, and closes with it', async () => {
      const { socket, receiver, connection } = open({ maxBufferSize: 100 });
      socket.push(Buffer.concat([frame(1), Buffer.of(0xff, 0x7f), frame(2)]));
      await turn();
      expect(receiver.messages.map(({ id }) => id)).toEqual([1]);
      expect(receiver.causes).toEqual([expect.any(ProtocolViolationError)]);
      expect(connection.isOpen).toBe(false);
    });

    it('no frame that is no message of the contract', async () => {
      const { socket, receiver } = open();
      socket.push(Buffer.of(1, 0x7f));
      await turn();
      expect(receiver.causes).toEqual([expect.any(ProtocolViolationError)]);
    });

    it('nothing more once it was closed by whom it received for', async () => {
      const { socket, receiver, connection } = open();
      receiver.work = () => connection.destroy();
      socket.push(Buffer.concat([frame(1), frame(2)]));
      await turn();
      expect(receiver.messages).toHaveLength(1);
      expect(receiver.causes).toEqual([undefined]);
    });

    it.each<[string, unknown, string]>([
      ['an error', new Error('of the receiver'), 'of the receiver'],
      ['something else', 'text', 'text'],
      ['what has no text', Object.create(null), 'something that has no text'],
    ])('and closes when who receives throws %s', async (_, thrown, text) => {
      const { socket, receiver } = open();
      receiver.work = () => {
        throw thrown;
      };
      socket.push(frame(1));
      await turn();
      expect(receiver.causes).toHaveLength(1);
      expect(String(receiver.causes[0])).toContain(text);
    });
  });

  describe('limits the time for a frame', () => {
    const half = frame(1, 100).subarray(0, 50);
    const rest = frame(1, 100).subarray(50);
    beforeEach(stopTime);
    afterEach(() => void jest.useRealTimers());

    /** Lets the socket hand over what it has. */
    async function pass(time: number): Promise<void> {
      await turn();
      jest.advanceTimersByTime(time);
      await turn();
    }

    it('from its first byte: dripping does not extend it', async () => {
      const { socket, receiver } = open({ incompleteMessageTimeout: 1_000 });
      socket.push(frame(1, 100_000).subarray(0, 5));
      for (let i = 0; i < 9; i++) {
        await pass(100);
        socket.push(Buffer.of(0));
      }
      await pass(99);
      expect(receiver.causes).toEqual([]);
      await pass(1);
      expect(receiver.causes).toEqual([expect.any(ProtocolViolationError)]);
    });

    it('anew for each: a busy peer is never without a partial frame', async () => {
      const { socket, receiver } = open({ incompleteMessageTimeout: 1_000 });
      socket.push(half);
      for (let i = 0; i < 5; i++) {
        await pass(999);
        socket.push(Buffer.concat([rest, half]));
      }
      await pass(999);
      expect(receiver.causes).toEqual([]);
      socket.destroy();
    });

    it('but not while it does not read itself', async () => {
      const { socket, connection, receiver } = open({ incompleteMessageTimeout: 1_000 }, { answers: true });
      socket.push(half);
      await turn();
      socket.stalled = true;
      connection.send(message(1, 100_000));
      await pass(5_000);
      expect(receiver.causes).toEqual([]);
      socket.unstall();
      // It runs again, for a peer that has nothing to say after all.
      await pass(999);
      expect(receiver.causes).toEqual([]);
      await pass(1);
      expect(receiver.causes).toEqual([expect.any(ProtocolViolationError)]);
    });

    it('but not while it does not read itself, also if it stopped within what it had read', async () => {
      const { socket, connection, receiver } = open({ incompleteMessageTimeout: 1_000 }, { answers: true });
      socket.stalled = true;
      receiver.work = () => void connection.send(message(1, 100_000));
      socket.push(Buffer.concat([frame(1), half]));
      await pass(5_000);
      expect(receiver.messages).toHaveLength(1);
      expect(receiver.causes).toEqual([]);
      socket.unstall();
      await pass(999);
      expect(receiver.causes).toEqual([]);
      await pass(1);
      expect(receiver.causes).toEqual([expect.any(ProtocolViolationError)]);
    });

    it('and leaves no timer behind', async () => {
      const { socket, receiver } = open({ incompleteMessageTimeout: 1_000 });
      socket.push(half);
      await turn();
      expect(jest.getTimerCount()).toBe(1);
      socket.push(rest);
      await turn();
      expect(jest.getTimerCount()).toBe(0);
      expect(receiver.causes).toEqual([]);
      socket.destroy();
    });

    it('or not, with a limit of 0', async () => {
      const { socket, receiver } = open({ incompleteMessageTimeout: 0 });
      socket.push(half);
      await pass(1_000_000);
      expect(receiver.causes).toEqual([]);
      socket.destroy();
    });
  });

  describe('closes', () => {
    const cause = new Error('the cause');

    it.each<[string, (socket: FakeSocket, connection: Connection) => void, unknown]>([
      ['destroy()', (_, connection) => connection.destroy(), undefined],
      ['destroy() with a cause', (_, connection) => connection.destroy(cause), cause],
      [
        'destroy() twice, with the first cause',
        (_, connection) => [connection.destroy(cause), connection.destroy(new Error('2'))],
        cause,
      ],
      ['the FIN of the peer', (socket) => socket.push(null), undefined],
      ['an error of the socket', (socket) => socket.destroy(cause), cause],
      [
        'end(), when the peer says FIN too',
        (socket, connection) => [void connection.end(), socket.push(null)],
        undefined,
      ],
      ['end() and then destroy()', (_, connection) => [void connection.end(), connection.destroy(cause)], cause],
      ['destroy() and then end()', (_, connection) => [connection.destroy(cause), void connection.end()], cause],
      ['a violation', (socket) => socket.push(Buffer.alloc(11, 0xff)), expect.any(ProtocolViolationError)],
      ['a socket that is closed already', (socket) => socket.destroy(), undefined],
    ])('by %s, and says so once', async (_, close, expected) => {
      const { socket, connection, receiver } = open();
      close(socket, connection);
      await eventually(() => receiver.causes.length > 0);
      await turn();
      expect(receiver.causes).toEqual([expected]);
      expect(connection.isOpen).toBe(false);
      await connection.end();
      expect(receiver.causes).toHaveLength(1);
    });

    it('also if the socket was closed before it started', async () => {
      const socket = new FakeSocket();
      socket.destroy();
      await turn();
      const connection = new Connection(socket.asSocket, codec, codec, defaultConnectionLimits);
      const receiver = new RecordedReceiver();
      connection.start(receiver, { answers: false });
      await connection.end();
      expect(receiver.causes).toEqual([undefined]);
    });

    it('in good order: all that was sent leaves, then FIN', async () => {
      const { socket, connection } = open();
      for (let id = 1; id <= 200; id++) connection.send(message(id, 1_000));
      const closed = connection.end();
      await turn();
      expect(socket.saidFin).toBe(true);
      expect(messagesIn(socket.bytes)).toHaveLength(200);
      socket.push(null);
      await closed;
    });

    it('in good order only once the peer has taken what was sent before', async () => {
      const { socket, connection } = open();
      socket.stalled = true;
      connection.send(message(1, 100_000));
      await turn();
      connection.send(message(2));
      const closed = connection.end();
      await turn();
      expect(socket.saidFin).toBe(false);
      socket.unstall();
      await turn();
      expect(socket.saidFin).toBe(true);
      expect(messagesIn(socket.bytes).map(({ id }) => id)).toEqual([1, 2]);
      socket.push(null);
      await closed;
    });

    it('in good order also where it does not read meanwhile: it hears the FIN of the peer', async () => {
      const { socket, connection } = open({}, { answers: true });
      socket.stalled = true;
      connection.send(message(1, 100_000));
      await turn();
      const closed = connection.end();
      socket.unstall();
      socket.push(null);
      await closed;
      expect(socket.readableEnded).toBe(true);
    });

    it('on a peer that never answers the FIN', async () => {
      const { socket, connection, receiver } = open();
      await connection.end();
      expect(socket.saidFin).toBe(true);
      expect(receiver.causes).toEqual([undefined]);
    });

    describe('over a peer that takes its time', () => {
      afterEach(() => void jest.useRealTimers());

      it('in good order, as long as the peer takes something', async () => {
        stopTime();
        const { socket, connection, receiver } = open();
        socket.stalled = true;
        for (let id = 1; id <= 10; id++) {
          connection.send(message(id, 100_000));
          await turn();
        }
        void connection.end();
        for (let id = 1; id <= 10; id++) {
          jest.advanceTimersByTime(700);
          socket.takeOne();
          await turn();
        }
        expect(messagesIn(socket.bytes)).toHaveLength(10);
        expect(socket.saidFin).toBe(true);
        socket.push(null);
        await turn();
        expect(receiver.causes).toEqual([undefined]);
      });

      it('at last, when the peer takes nothing', async () => {
        stopTime();
        const { socket, connection, receiver } = open();
        socket.stalled = true;
        connection.send(message(1, 100_000));
        await turn();
        void connection.end();
        jest.advanceTimersByTime(60_000);
        await turn();
        expect(receiver.causes).toHaveLength(1);
        expect(socket.saidFin).toBe(false);
      });
    });
  });
});

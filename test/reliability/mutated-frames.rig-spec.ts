import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Codec, Message } from 'nestjs-protosocket';

import { builtInCodec } from '../../lib/contract/index.js';
import { ProtosocketError } from '../../lib/errors/index.js';
import { Found, FrameDecoder, type MessageId, varintLength, writeVarint } from '../../lib/wire/index.js';
import { echoContract } from '../interop/support/echo.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { framed } from '../support/messagepack.js';
import { frameOf, message } from '../support/messages.js';
import { asked, reached } from '../support/promises.js';
import { Mutation } from './support/mutation.js';

const FRAMES = asked('decoder.frames');
/** `SEED=...` repeats a run. */
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const MAX = 4 * 1024 * 1024;

/** Below it are the ids of unary calls. */
const FIRST_STREAM = 10;
const calls = { routeOf: (id: MessageId): string => (id < FIRST_STREAM ? 'Unary' : 'Stream') };

const messages = fc.sample(message, { seed: SEED, numRuns: 500 });
const body = (text: string): object => ({ body: { message: text, nanotime: 2n ** 60n } });
const requests: Message[] = ['', 'a', 'ü€𝄞'.repeat(40)].flatMap((text, id) => [
  { id, code: 0, route: 'Unary', body: body(text) },
  { id: 2n ** 63n, code: 0, route: 'Stream', body: body(text) },
  { id, code: 1 },
]);
const replies: Message[] = ['', 'a', 'ü€𝄞'.repeat(40)].flatMap((text, id) => [
  { id, code: 0, route: 'Unary', body: { message: text, nanotime: 1 } },
  {
    id: FIRST_STREAM + id,
    code: 0,
    route: 'Stream',
    body: { message: text, nanotime: 1, sequence: 2 },
    more: true,
  },
  { id: FIRST_STREAM + id, code: 2, route: 'Stream' },
]);
const protobuf = echoContract({ format: 'protobuf' });
const messagePack = echoContract({ format: 'messagepack' });

type Frame = (body: Buffer) => Buffer;

/** A codec, with bodies of its messages, and how a body is made a frame. */
interface Target {
  readonly codec: Codec;
  readonly frame: Frame;
  readonly bodies: readonly Buffer[];
}

const targets: readonly Target[] = [
  { codec: builtInCodec(), frame: lengthDelimited, bodies: bodiesOf(builtInCodec(), messages) },
  { codec: protobuf.requests, frame: lengthDelimited, bodies: bodiesOf(protobuf.requests, requests) },
  { codec: protobuf.replies, frame: lengthDelimited, bodies: bodiesOf(protobuf.replies, replies) },
  { codec: messagePack.requests, frame: framed, bodies: bodiesOf(messagePack.requests, requests, 5) },
  { codec: messagePack.replies, frame: framed, bodies: bodiesOf(messagePack.replies, replies, 5) },
];

/** @param prefix how long it is; by default as long as a varint is. */
function bodiesOf(codec: Codec, all: readonly Message[], prefix?: number): Buffer[] {
  const frames = all.map((each) => frameOf(codec, each));
  // Long ones have no more in them that can go wrong.
  const short = frames.filter(({ length }) => length > 0 && length < 400);
  return short.map((frame) => frame.subarray(prefix ?? frame.findIndex((byte) => byte < 0x80) + 1));
}

function lengthDelimited(body: Buffer): Buffer {
  const prefix = Buffer.alloc(varintLength(body.length));
  writeVarint(prefix, 0, body.length);
  return Buffer.concat([prefix, body]);
}

/** A whole frame, one with something wrong, and a whole one again: all that a connection reads until it is closed. */
function row(mutation: Mutation, { bodies, frame }: Target): Buffer {
  const [before, mutated, other, after] = Array.from({ length: 4 }, () => mutation.oneOf(bodies));
  // Half of them say how long they are. The others are cut elsewhere, if at all.
  const wrong =
    mutation.below(2) === 0 ? frame(mutation.mutate(mutated!, other!)) : mutation.mutate(frame(mutated!), other!);
  return Buffer.concat([frame(before!), wrong, frame(after!)]);
}

/** What came of the frames: how many were read and refused, and what was thrown that has no type of this transport. */
class Outcome {
  read = 0;
  refused = 0;
  readonly untyped: unknown[] = [];

  /** Has `codec` read what comes in `chunks`, as a connection does: until there is no way on. */
  feed(codec: Codec, chunks: Iterable<Buffer>): void {
    const decoder = new FrameDecoder((...at) => codec.measure(...at), MAX);
    for (const chunk of chunks) {
      try {
        decoder.push(chunk);
        while (decoder.next() === Found.Frame) {
          const { unreadable } = codec.decode(decoder.bytes, decoder.start, decoder.end, calls);
          if (unreadable) this.note(unreadable);
          else this.read++;
        }
        if (decoder.violation) throw decoder.violation;
      } catch (error) {
        this.note(error);
        return;
      }
    }
  }

  private note(error: unknown): void {
    if (error instanceof ProtosocketError) this.refused++;
    else this.untyped.push(error);
  }
}

describe('mutated frames', () => {
  const rejections: unknown[] = [];
  const onRejection = (error: unknown): unknown => rejections.push(error);
  const { stackTraceLimit } = Error;
  beforeEach(() => {
    process.on('unhandledRejection', onRejection);
    // To write them down would take longer than all else.
    Error.stackTraceLimit = 0;
  });
  afterEach(() => {
    process.off('unhandledRejection', onRejection);
    Error.stackTraceLimit = stackTraceLimit;
  });

  it(
    `are read or refused with a typed error, ${FRAMES.toLocaleString('en')} of them (seed ${SEED})`,
    async () => {
      const outcome = new Outcome();
      const mutation = new Mutation(SEED);
      const feed = (frames: number): void => {
        for (let fed = 0; fed < frames; fed++) {
          const target = mutation.oneOf(targets);
          outcome.feed(target.codec, mutation.chunks(row(mutation, target)));
        }
      };
      const heap = (): number => {
        collectGarbage();
        return process.memoryUsage().heapUsed;
      };
      // What is compiled and cached once is no leak.
      feed(20_000);
      const before = heap();
      let fed = 0;
      for (; fed < FRAMES; fed += 10_000) {
        feed(10_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const more = (heap() - before) / 1_000_000;
      reached('decoder.frames', fed, { seed: SEED });
      reached('decoder.untyped', outcome.untyped.length + rejections.length, { seed: SEED });
      reached('decoder.heap', more, { seed: SEED });
      expect([...outcome.untyped, ...rejections].slice(0, 5)).toEqual([]);
      // The first of each row is whole; of what came then, neither was all garbage, nor all as good as before.
      expect(outcome.read).toBeGreaterThan(FRAMES * 1.1);
      expect(outcome.refused).toBeGreaterThan(FRAMES * 0.2);
    },
    120_000 + FRAMES / 5,
  );
});

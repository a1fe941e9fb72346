import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Message } from '../../lib/contract/index.js';
import { HANDLER_FAILED } from '../../lib/errors/index.js';
import type { ClientCall, ServerCall } from '../../lib/rpc/index.js';
import { ControlCode, type MessageId } from '../../lib/wire/index.js';
import { FakeHandler } from '../support/fake-handler.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { WiredWithoutIds } from '../support/wired-without-ids.js';

const { Normal } = ControlCode;

interface Made {
  readonly call: ClientCall;
  readonly reply: RecordedReply;
  cancelled: boolean;
}

/** What the contract of the server has no bytes for. */
const NO_BYTES = 'no bytes';

const isLast = (message: Message): boolean => message.code !== Normal || message.more !== true;

interface Asked {
  readonly route: string;
  readonly event: boolean;
  readonly more: boolean;
  readonly timeout: number | undefined;
}

/** Calls without ids, each with a number of its own as its body. */
class World {
  readonly handler = new FakeHandler();
  readonly wired = new WiredWithoutIds(this.handler, ['stream']);
  readonly made: Made[] = [];
  private lastNumber = 0;

  constructor() {
    this.wired.serverLink.hasNoBytesFor = ({ body }) => body === NO_BYTES;
    this.wired.clientLink.hasNoBytesFor = ({ route }) => route === NO_BYTES;
    this.handler.work = (call) => call.event && call.acknowledge();
  }

  call({ event, more, route, timeout }: Asked): void {
    const { requester } = this.wired;
    const reply = new RecordedReply(timeout);
    const request = { route, body: ++this.lastNumber, options: { event } };
    const call = more ? requester.stream(request, reply) : requester.call(request, reply);
    this.made.push({ call, reply, cancelled: false });
  }

  notify(): void {
    this.wired.requester.notify({ route: 'unary', body: ++this.lastNumber, options: { event: true } });
  }

  /** Ends all that is still open, the youngest first. */
  rest(): void {
    for (;;) {
      this.wired.deliverAll();
      const call = this.handler.started.findLast(({ isOpen }) => isOpen);
      if (!call) break;
      if (call.event) call.done();
      else call.reply(call.body);
    }
  }

  /** One reply for each request, in their order, and each whole before the next. */
  assertAnsweredInOrder(): void {
    const requests = this.wired.clientLink.sent.length;
    const lasts = this.wired.serverLink.sent.filter(isLast).map(({ id }) => id);
    expect(lasts).toEqual(Array.from({ length: requests }, (_, i) => i + 1));
    const ids = this.wired.serverLink.sent.map(({ id }) => id as number);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  }

  /** What reached a call is what the server has sent for it, and nothing else. */
  assertOwnReplies(): void {
    for (const { call, reply, cancelled } of this.made) {
      if (cancelled) continue;
      const sent = this.sentFor(call.id);
      // It was never sent, and failed on the spot.
      if (!sent) {
        expect(reply).toMatchObject({ items: [], failure: { code: 'NOT_SERIALIZABLE' } });
        continue;
      }
      expect(reply.items).toEqual(sent.filter(({ body }) => body !== undefined).map(({ body }) => body));
      expect(reply.ends).toHaveLength(1);
      const status = sent.at(-1)!.status;
      if (!status) expect(reply.isCompleted).toBe(true);
      else if (status.code === HANDLER_FAILED) expect(reply.failure).toEqual(status.details);
      else expect(reply.failure).toMatchObject({ code: status.code, message: status.message });
    }
  }

  assertAtRest(): void {
    const { clock, requester, responder, serverLink } = this.wired;
    expect(serverLink.destroyedBy).toBeUndefined();
    expect([requester.inFlightCount, responder.inFlightCount, clock.pending]).toEqual([0, 0, 0]);
  }

  /** The server's own id of a request is its place among those that were sent. */
  private sentFor(id: MessageId): Message[] | undefined {
    const place = this.wired.clientLink.sent.findIndex((message) => message.id === id);
    return place < 0 ? undefined : this.wired.serverLink.sent.filter((message) => message.id === place + 1);
  }
}

type Act = (world: World) => void;

const pick = fc.nat(100);
const oneOf = <T>(all: readonly T[], index: number): T | undefined => all[index % all.length];

const request = fc.record({
  route: fc.constantFrom('unary', 'unary', 'stream', NO_BYTES),
  event: fc.boolean(),
  timeout: fc.option(fc.nat(50), { nil: undefined }),
  more: fc.constantFrom(false, false, false, true),
});

const serverActs: ((call: ServerCall) => void)[] = [
  (call) => call.reply(call.body),
  (call) => call.next(call.body),
  (call) => call.end(),
  (call) => call.failWith({ code: HANDLER_FAILED, message: '', details: { of: call.body } }),
  (call) => call.reply(1n),
  (call) => call.next(1n),
  (call) => call.reply('x'.repeat(20_000)),
  (call) => call.reply(NO_BYTES),
  (call) => call.acknowledge(),
  (call) => call.done(),
];

const act: fc.Arbitrary<Act> = fc.oneof(
  request.map(
    (each): Act =>
      (world) =>
        world.call(each),
  ),
  request.map(
    (each): Act =>
      (world) =>
        world.call({ ...each, route: 'unary', event: false, more: false }),
  ),
  fc.constant<Act>((world) => world.notify()),
  pick.map((index): Act => ({ made }) => {
    const one = oneOf(made, index);
    if (!one) return;
    one.cancelled ||= one.call.isOpen;
    one.call.cancel();
  }),
  fc.tuple(pick, fc.constantFrom(...serverActs)).map(([index, answer]): Act => ({ handler }) => {
    const call = oneOf(handler.started, index);
    // What only the handlers of an event say is said of events only, as the dispatcher does.
    if (call && (call.event || (answer !== serverActs.at(-1) && answer !== serverActs.at(-2)))) answer(call);
  }),
  fc.nat(6).map((count): Act => ({ wired }) => {
    for (let i = 0; i < count; i++) wired.serverReceives();
  }),
  fc.nat(6).map((count): Act => ({ wired }) => {
    for (let i = 0; i < count; i++) wired.clientReceives();
  }),
  fc.nat(40).map(
    (ms): Act =>
      ({ wired }) =>
        wired.clock.advance(ms),
  ),
);

/** Now and then the server begins to close in the middle. */
const acts = fc
  .tuple(fc.array(act, { maxLength: 80, size: 'max' }), fc.option(fc.nat(200), { nil: undefined }))
  .map(([all, drainAt]) => {
    const drain: Act = ({ wired }) => void wired.responder.drain();
    return drainAt === undefined ? all : [...all.slice(0, drainAt), drain, ...all.slice(drainAt)];
  });

describe('calls without ids', () => {
  it('get exactly what the server has sent for them, whatever happens to those around them', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const world = new World();
        for (const each of all) each(world);
        world.rest();
        world.assertAnsweredInOrder();
        world.assertOwnReplies();
        world.assertAtRest();
      }),
      { numRuns: 1_000 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';

import { ConnectionLostError, ErrorCode, HANDLER_FAILED, UnavailableError } from '../../lib/errors/index.js';
import { type ClientCall, Requester, type RequestOptions } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeLink } from '../support/fake-link.js';
import { RecordedReply } from '../support/recorded-reply.js';

const { Cancel, Normal } = ControlCode;
const refused = { id: 1, code: Normal, status: { code: ErrorCode.UNAVAILABLE, message: 'closing' } };

/** A requester whose calls are handed back to the test, and another one that may go on with them. */
class World {
  readonly clock = new FakeClock();
  readonly link = new FakeLink();
  readonly otherLink = new FakeLink();
  readonly requester = new Requester(this.link, 1_000, this.clock);
  readonly other = new Requester(this.otherLink, 1_000, this.clock);
  readonly reply = new RecordedReply();
  readonly handedBack: { call: ClientCall; error: unknown }[] = [];
  takes = true;

  constructor() {
    this.requester.onHandedBack = (call, error) => {
      this.handedBack.push({ call, error });
      return this.takes;
    };
  }

  call(options: RequestOptions = {}): ClientCall {
    return this.requester.call({ route: 'r', body: 1, options }, this.reply);
  }

  stream(options: RequestOptions = {}): ClientCall {
    return this.requester.stream({ route: 'r', body: undefined, options }, this.reply);
  }
}

describe('a call that is handed back', () => {
  it('goes on over another connection, under another id, as the same call', () => {
    const world = new World();
    const call = world.call({ metadata: { a: 'b' } });
    world.other.call({ route: 'before', body: 1, options: {} }, new RecordedReply());
    world.requester.receive(refused);
    expect(world.handedBack).toEqual([{ call, error: expect.any(UnavailableError) }]);
    expect([world.requester.inFlightCount, world.reply.ends.length, call.isOpen]).toEqual([0, 0, true]);
    world.other.adopt(call);
    expect(world.otherLink.sent[1]).toEqual({ id: 2, code: Normal, route: 'r', body: 1, metadata: { a: 'b' } });
    world.other.receive({ id: 2, code: Normal, body: 'done' });
    expect(world.reply.items).toEqual(['done']);
    expect(world.reply.isCompleted).toBe(true);
    expect(world.other.inFlightCount).toBe(1);
  });

  it('may be settled, or go on, while it is being taken', () => {
    const world = new World();
    const settled = world.call();
    world.requester.onHandedBack = (call, error) => {
      call.settleWith(error);
      return true;
    };
    world.requester.receive(refused);
    expect([settled.isOpen, world.reply.ends.length]).toEqual([false, 1]);
    settled.settleWith(new Error('again'));
    expect(world.reply.ends).toHaveLength(1);

    world.requester.onHandedBack = (call) => {
      world.other.adopt(call);
      return true;
    };
    const goingOn = world.call();
    world.requester.receive({ ...refused, id: 2 });
    goingOn.cancel();
    // Its new peer has it, and is told.
    expect(world.otherLink.sent).toEqual([expect.objectContaining({ code: Normal }), { id: 1, code: Cancel }]);
  });

  it('tells what is left of its timeout', () => {
    const world = new World();
    world.reply.remaining = 1_000;
    const call = world.call();
    world.requester.receive(refused);
    world.reply.remaining = 600;
    world.other.adopt(call);
    expect(world.otherLink.sent[0]!.timeout).toBe(600);
  });

  it('fails with the reason when nobody takes it', () => {
    const world = new World();
    world.takes = false;
    world.call();
    world.requester.receive(refused);
    expect(world.reply.failure).toBeInstanceOf(UnavailableError);
    expect(world.reply.ends).toHaveLength(1);
    expect(world.requester.inFlightCount).toBe(0);
  });

  it('tells no peer of a Cancel while it waits, and is not adopted after it', () => {
    const world = new World();
    const call = world.call();
    world.requester.receive(refused);
    call.cancel();
    world.other.adopt(call);
    expect([...world.link.sent, ...world.otherLink.sent].filter(({ code }) => code === Cancel)).toEqual([]);
    expect(world.otherLink.sent).toEqual([]);
    expect(world.other.inFlightCount).toBe(0);
  });

  it('tells its new peer of a Cancel', () => {
    const world = new World();
    const call = world.call();
    world.requester.receive(refused);
    world.other.adopt(call);
    call.cancel();
    expect(world.otherLink.sent.at(-1)).toEqual({ id: 1, code: Cancel });
    expect(world.link.sent).toHaveLength(1);
  });

  it('may be handed back again', () => {
    const world = new World();
    world.other.onHandedBack = world.requester.onHandedBack;
    const call = world.call();
    world.requester.receive(refused);
    world.other.adopt(call);
    world.other.receive(refused);
    expect(world.handedBack).toHaveLength(2);
    expect(call.begun).toBe(2);
  });

  it('fails when it cannot be sent there either', () => {
    const world = new World();
    const call = world.call();
    world.requester.receive(refused);
    world.otherLink.full = true;
    world.other.adopt(call);
    expect(world.reply.failure).toMatchObject({ code: ErrorCode.RESOURCE_EXHAUSTED });
    expect(world.other.inFlightCount).toBe(0);
  });
});

describe('a lost connection hands back', () => {
  it('what has not left', () => {
    const world = new World();
    const sent = new RecordedReply();
    world.requester.call({ route: 'sent', body: 1, options: {} }, sent);
    world.link.flushing = false;
    const call = world.call();
    world.requester.closed(new Error('reset'));
    expect(world.handedBack).toEqual([{ call, error: expect.any(ConnectionLostError) }]);
    expect(sent.failure).toBeInstanceOf(ConnectionLostError);
    expect(world.requester.inFlightCount).toBe(0);
  });

  it('what comes after it', () => {
    const world = new World();
    world.requester.closed(undefined);
    const call = world.call();
    expect(world.handedBack.map(({ call }) => call)).toEqual([call]);
  });

  it('what is idempotent', () => {
    const world = new World();
    const call = world.call({ idempotent: true });
    world.requester.closed(undefined);
    expect(world.handedBack.map(({ call }) => call)).toEqual([call]);
  });

  it('what its server calls idempotent', () => {
    const world = new World();
    const call = world.call();
    // Also after it has left.
    world.requester.idempotentRoutes.add('r');
    world.requester.closed(undefined);
    expect(world.handedBack).toEqual([{ call, error: expect.any(ConnectionLostError) }]);
  });

  it('by what the server says over whose connection it went last', () => {
    const world = new World();
    world.other.onHandedBack = world.requester.onHandedBack;
    const call = world.call();
    world.requester.idempotentRoutes.add('r');
    world.requester.closed(undefined);
    world.other.adopt(call);
    world.other.closed(undefined);
    expect(world.handedBack).toHaveLength(1);
    expect(world.reply.failure).toBeInstanceOf(ConnectionLostError);
  });

  it.each<[string, (world: World) => void, (world: World) => void]>([
    [
      'what the server calls idempotent, and the caller does not',
      (world) => world.call({ idempotent: false }),
      ({ requester }) => requester.idempotentRoutes.add('r'),
    ],
    [
      'what the server calls so of another route',
      (world) => world.call(),
      ({ requester }) => requester.idempotentRoutes.add('R'),
    ],
    [
      'a request stream to a handler that is so',
      (world) => world.stream(),
      ({ requester }) => requester.idempotentRoutes.add('r'),
    ],
    [
      'what such a handler has begun to reply to',
      (world) => world.call(),
      ({ requester }) => {
        requester.idempotentRoutes.add('r');
        requester.receive({ id: 1, code: Normal, body: 1, more: true });
      },
    ],
    ['what has left', (world) => world.call(), () => undefined],
    ['a request stream', (world) => world.stream({ idempotent: true }), () => undefined],
    [
      'what has begun to reply',
      (world) => world.call({ idempotent: true }),
      ({ requester }) => requester.receive({ id: 1, code: Normal, body: 1, more: true }),
    ],
    [
      'what has begun to reply with metadata',
      (world) => world.call({ idempotent: true }),
      ({ requester }) => requester.receive({ id: 1, code: Normal, body: 1, more: true, metadata: { a: 'b' } }),
    ],
  ])('never %s', (_, call, before) => {
    const world = new World();
    call(world);
    before(world);
    world.requester.closed(undefined);
    expect(world.handedBack).toEqual([]);
    expect(world.reply.failure).toBeInstanceOf(ConnectionLostError);
    expect(world.reply.ends).toHaveLength(1);
  });
});

describe('a failure of the handler', () => {
  it('hands nothing back, idempotent or not', () => {
    const world = new World();
    world.call({ idempotent: true });
    world.requester.receive({ id: 1, code: Normal, status: { code: HANDLER_FAILED, message: 'thrown' } });
    expect(world.handedBack).toEqual([]);
    expect(world.reply.ends).toHaveLength(1);
  });
});

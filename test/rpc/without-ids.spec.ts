import { describe, expect, it } from '@jest/globals';

import type { Message } from '../../lib/contract/index.js';
import {
  CancelledError,
  DeadlineExceededError,
  HANDLER_FAILED,
  MessageTooLargeError,
  NotSerializableError,
  ProtocolViolationError,
  ResourceExhaustedError,
  UnreadablePayloadError,
} from '../../lib/errors/index.js';
import { type ClientCall, type RequestOptions, Responder } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeHandler } from '../support/fake-handler.js';
import { FakeLink } from '../support/fake-link.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { WiredWithoutIds } from '../support/wired-without-ids.js';

const { Cancel, End, Normal } = ControlCode;

interface Made {
  readonly call: ClientCall;
  readonly reply: RecordedReply;
}

class World {
  readonly handler = new FakeHandler('concurrent');
  readonly wired = new WiredWithoutIds(this.handler, ['stream']);

  constructor() {
    // As the dispatcher does.
    this.handler.work = (call) => call.event && call.acknowledge();
  }

  call(body: unknown, options: RequestOptions = {}, route = 'unary'): Made {
    const reply = new RecordedReply();
    return { call: this.wired.requester.call({ route, body, options }, reply), reply };
  }

  /** What the server has sent, by what tells it apart. */
  get replied(): unknown[] {
    return this.wired.serverLink.sent.map(({ body, code, status }) => status?.code ?? body ?? code);
  }

  /** Has the handlers of all calls answer with what they were called with, the last first. */
  answerAll(): void {
    this.wired.deliverAll();
    for (const call of [...this.handler.started].reverse()) {
      if (call.event) call.done();
      else call.reply(call.body);
    }
    this.wired.deliverAll();
  }
}

describe('a client without ids', () => {
  it('gives replies to its calls in the order in which they were made', () => {
    const { wired, call } = bound(new World());
    const made = Array.from({ length: 5 }, (_, i) => call(i));
    for (let i = 0; i < 5; i++) wired.reply({ id: 99, body: i });
    expect(made.map(({ reply }) => reply.items)).toEqual([[0], [1], [2], [3], [4]]);
    expect(made.every(({ reply }) => reply.isCompleted)).toBe(true);
  });

  it('keeps the place of a call that was cancelled or aborted, and tells the peer nothing', () => {
    const { wired, call } = bound(new World());
    const [first, second, third] = [call(1), call(2), call(3)];
    first.call.cancel();
    second.call.abort(new DeadlineExceededError('late'));
    wired.deliverAll();
    expect(wired.clientLink.sent.map(({ code }) => code)).toEqual([Normal, Normal, Normal]);
    for (let i = 1; i <= 3; i++) wired.reply({ body: i });
    expect([first, second, third].map(({ reply }) => reply.items)).toEqual([[], [], [3]]);
  });

  it.each<[string, unknown, (link: FakeLink) => void, unknown]>([
    ['is too large', 'x'.repeat(20_000), () => undefined, MessageTooLargeError],
    ['cannot be put into bytes', 1n, () => undefined, NotSerializableError],
    ['finds the queue full', 2, (link) => (link.full = true), ResourceExhaustedError],
    ['has no bytes in the contract', 2, (link) => (link.hasNoBytesFor = () => true), NotSerializableError],
  ])('gives no place to a request that %s, and fails it', (_, body, prepare, error) => {
    const { wired, call } = bound(new World());
    const first = call(1);
    const { full, hasNoBytesFor } = wired.clientLink;
    prepare(wired.clientLink);
    const refused = call(body);
    Object.assign(wired.clientLink, { full, hasNoBytesFor });
    const third = call(3);
    wired.reply({ body: 1 });
    wired.reply({ body: 3 });
    expect(refused.reply.failure).toBeInstanceOf(error);
    expect([first, refused, third].map(({ reply }) => reply.items)).toEqual([[1], [], [3]]);
  });

  it('fails a request stream: nothing would tie its items together', () => {
    const { wired } = new World();
    const reply = new RecordedReply();
    const stream = wired.requester.stream({ route: 'unary', body: undefined, options: {} }, reply);
    stream.next('item');
    stream.end();
    expect(reply.failure).toBeInstanceOf(NotSerializableError);
    expect(wired.clientLink.sent).toEqual([]);
  });

  it('keeps a call at the head until the last of its replies, whoever still listens', () => {
    const { wired, call } = bound(new World());
    const [stream, cancelled, unary] = [call(1), call(2), call(3)];
    wired.reply({ body: 'a', more: true });
    wired.reply({ body: 'b', more: true });
    wired.reply({ code: End });
    wired.reply({ body: 'c', more: true });
    cancelled.call.cancel();
    wired.reply({ body: 'd', more: true });
    wired.reply({ body: 'e' });
    wired.reply({ body: 'f' });
    expect([stream, cancelled, unary].map(({ reply }) => reply.items)).toEqual([['a', 'b'], ['c'], ['f']]);
  });

  it.each<[string, Partial<Message>]>([
    ['a Cancel', { code: Cancel }],
    ['an End', { code: End }],
    ['a failure', { status: { code: HANDLER_FAILED, message: '' } }],
    ['a body that cannot be read', { unreadable: new UnreadablePayloadError('bad') }],
  ])('is answered by %s as by any last reply', (_, message) => {
    const { wired, call } = bound(new World());
    const [first, second] = [call(1), call(2)];
    wired.reply(message);
    wired.reply({ body: 2 });
    expect(first.reply.ends).toHaveLength(1);
    expect(second.reply.items).toEqual([2]);
  });

  it('stays with a stream of which an item cannot be read', () => {
    const { wired, call } = bound(new World());
    const [stream, unary] = [call(1), call(2)];
    wired.reply({ unreadable: new UnreadablePayloadError('bad'), more: true });
    wired.reply({ body: 'rest', more: true });
    wired.reply({ code: End });
    wired.reply({ body: 2 });
    expect(stream.reply.failure).toBeInstanceOf(UnreadablePayloadError);
    expect(unary.reply.items).toEqual([2]);
  });

  it('takes a reply to no request for a violation', () => {
    const { wired, call } = bound(new World());
    expect(() => wired.reply({ body: 1 })).toThrow(ProtocolViolationError);
    call(1);
    wired.reply({ body: 1 });
    expect(() => wired.reply({ body: 1 })).toThrow(ProtocolViolationError);
  });

  it('tells a decoder the route of the call that the next message answers, also when nobody waits for it', () => {
    const { wired, call } = bound(new World());
    expect(wired.replyNumbers.headRoute).toBeUndefined();
    call(1, {}, 'a').call.cancel();
    call(2, {}, 'b');
    expect(wired.replyNumbers.headRoute).toBe('a');
    wired.reply({ body: 1, more: true });
    expect(wired.replyNumbers.headRoute).toBe('a');
    wired.reply({ code: End });
    expect(wired.replyNumbers.headRoute).toBe('b');
    wired.reply({});
    expect(wired.replyNumbers.headRoute).toBeUndefined();
  });

  it('does not tell the peer that nobody waits: it might not reply, and the place would stay taken', () => {
    const { wired, call } = bound(new World());
    wired.requester.notify({ route: 'unary', body: 1, options: { event: true } });
    const next = call(2);
    expect(wired.clientLink.sent[0]!.silent).toBeUndefined();
    wired.reply({ body: 'taken' });
    wired.reply({ body: 2 });
    expect(next.reply.items).toEqual([2]);
  });

  it('refuses an event that the contract has no bytes for', () => {
    const { wired } = new World();
    wired.clientLink.hasNoBytesFor = () => true;
    expect(() => wired.requester.notify({ route: 'unary', body: 1, options: { event: true } })).toThrow(
      NotSerializableError,
    );
  });

  it('finds the call however many wait', () => {
    const { wired, call } = bound(new World());
    let asked = 0;
    let answered = 0;
    const waiting: RecordedReply[] = [];
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 200; i++) waiting.push(call(asked++).reply);
      for (let i = 0; i < 190; i++) wired.reply({ body: answered++ });
    }
    while (answered < asked) wired.reply({ body: answered++ });
    expect(waiting.every(({ items }, i) => items.length === 1 && items[0] === i)).toBe(true);
  });
});

describe('a server without ids', () => {
  const inOrder = (length: number): number[] => Array.from({ length }, (_, i) => i + 1);

  it('answers in the order of the requests, whatever order its handlers have set for themselves', () => {
    const world = served();
    for (const body of inOrder(5)) world.wired.request({ route: 'unary', body });
    expect(world.handler.started).toHaveLength(5);
    world.answerAll();
    expect(world.replied).toEqual(inOrder(5));
  });

  it('has one reply for a call, unless the contract says otherwise', () => {
    const link = new FakeLink();
    const handler = new FakeHandler();
    const responder = new Responder(link, handler, 1_000, new FakeClock(), { withoutIds: true });
    responder.receive({ id: 1, code: Normal, route: 'r' }, 10);
    responder.receive({ id: 2, code: Normal, route: 'r' }, 10);
    const [first, second] = handler.started;
    first!.next('a');
    first!.next('b');
    first!.end();
    second!.end();
    expect(link.replies).toEqual([
      { id: 1, code: Normal, body: 'a' },
      { id: 2, code: Normal },
    ]);
  });

  it.each<[string, Partial<Message>, (world: World) => void]>([
    ['UNAVAILABLE', { route: 'unary' }, ({ wired }) => void wired.responder.drain()],
    ['INVALID_REQUEST', { body: 'without a pattern' }, () => undefined],
    ['UNREADABLE_PAYLOAD', { route: 'unary', unreadable: new UnreadablePayloadError('bad') }, () => undefined],
  ])('has the refusal of a request with %s wait for its turn', (code, request, prepare) => {
    const world = served();
    const { wired, handler } = world;
    wired.request({ route: 'unary', body: 1 });
    wired.request({ route: 'unary', body: 2 });
    prepare(world);
    wired.request(request);
    handler.started[1]!.reply(2);
    expect(world.replied).toEqual([]);
    handler.started[0]!.reply(1);
    expect(world.replied).toEqual([1, 2, code]);
    expect(wired.responder.inFlightCount).toBe(0);
  });

  it('takes a request stream for a violation', () => {
    const { wired } = served();
    expect(() => wired.request({ route: 'unary', more: true })).toThrow(ProtocolViolationError);
  });

  it.each([Cancel, End])('passes over a control code %s, which it cannot tie to a call', (code) => {
    const world = served();
    world.wired.request({ route: 'unary', body: 1 });
    world.wired.request({ id: 1, code });
    world.wired.request({ route: 'unary', body: 2 });
    world.answerAll();
    expect(world.replied).toEqual([1, 2]);
  });

  it('replies in its place for a call whose time is over, once', () => {
    const world = served();
    world.wired.request({ route: 'unary', body: 1 });
    world.wired.request({ route: 'unary', body: 2, timeout: 10 });
    world.wired.request({ route: 'unary', body: 3 });
    world.wired.clock.advance(10);
    expect(world.replied).toEqual([]);
    world.answerAll();
    expect(world.replied).toEqual([1, 'DEADLINE_EXCEEDED', 3]);
  });

  it('ends a stream whose time is over, once, and holds the next reply until then', () => {
    const world = served();
    world.wired.request({ route: 'stream', timeout: 10 });
    world.wired.request({ route: 'unary', body: 2 });
    const [stream, unary] = world.handler.started;
    stream!.next('a');
    unary!.reply(2);
    world.wired.clock.advance(10);
    stream!.next('b');
    stream!.end();
    expect(world.replied).toEqual(['a', 'DEADLINE_EXCEEDED', 2]);
  });

  it('replies in its place for a stream that outran its caller while it was held back', () => {
    const world = served();
    world.wired.request({ route: 'unary', body: 1 });
    world.wired.request({ route: 'stream' });
    world.wired.request({ route: 'unary', body: 3 });
    const [first, stream, third] = world.handler.started;
    third!.reply(3);
    for (let i = 0; i < 200; i++) stream!.next('x'.repeat(9_000));
    stream!.end();
    first!.reply(1);
    expect(world.replied).toEqual([1, 'RESOURCE_EXHAUSTED', 3]);
  });

  it.each<[string, unknown]>([
    ['cannot be put into bytes', 1n],
    ['is too large', 'x'.repeat(20_000)],
  ])('replies with the reason in place of a reply that %s', (_, body) => {
    for (const answerFirst of [0, 1]) {
      const world = served();
      world.wired.request({ route: 'unary', body: 1 });
      world.wired.request({ route: 'unary', body: 2 });
      const [first, second] = world.handler.started;
      if (answerFirst === 0) first!.reply(1);
      second!.reply(body);
      first!.reply(1);
      expect(world.replied).toEqual([1, expect.stringMatching(/NOT_SERIALIZABLE|MESSAGE_TOO_LARGE/)]);
    }
  });

  describe('with a contract that has no bytes for', () => {
    it('a reply, says so in its place', () => {
      const world = served();
      world.wired.serverLink.hasNoBytesFor = ({ body }) => body === 2;
      for (const body of inOrder(3)) world.wired.request({ route: 'unary', body });
      world.answerAll();
      expect(world.replied).toEqual([1, 'NOT_SERIALIZABLE', 3]);
    });

    it('the end of a stream, says so: the next reply would be taken for an item', () => {
      const world = served();
      world.wired.serverLink.hasNoBytesFor = ({ code }) => code === End;
      world.wired.request({ route: 'stream' });
      world.handler.started[0]!.next('item');
      world.handler.started[0]!.end();
      expect(world.replied).toEqual(['item', 'NOT_SERIALIZABLE']);
    });

    it.each<[string, (world: World) => void]>([
      ['a failure', ({ handler }) => handler.started[1]!.failWith({ code: HANDLER_FAILED, message: '' })],
      ['a timeout', ({ wired }) => wired.clock.advance(10)],
    ])('%s, cuts the connection', (_, fail) => {
      const world = served();
      world.wired.serverLink.hasNoBytesFor = ({ status }) => status !== undefined;
      world.wired.request({ route: 'unary', body: 1 });
      world.wired.request({ route: 'unary', body: 2, timeout: 10 });
      fail(world);
      expect(world.wired.serverLink.destroyedBy).toBeInstanceOf(NotSerializableError);
    });

    it('an acknowledgement, cuts the connection', () => {
      const { wired } = served();
      wired.serverLink.hasNoBytesFor = () => true;
      wired.request({ route: 'unary', event: true });
      expect(wired.serverLink.destroyedBy).toBeInstanceOf(NotSerializableError);
    });
  });

  describe('replies to an event', () => {
    it('with its acknowledgement, in its turn and once, whatever becomes of it', () => {
      const world = served();
      world.wired.request({ route: 'unary', body: 1 });
      world.wired.request({ route: 'unary', body: 2, event: true, timeout: 10 });
      world.wired.request({ route: 'unary', body: 3 });
      const [first, event, third] = world.handler.started;
      third!.reply(3);
      first!.reply(1);
      world.wired.clock.advance(10);
      event!.acknowledge();
      event!.failWith({ code: HANDLER_FAILED, message: '' });
      event!.done();
      expect(world.replied).toEqual([1, Normal, 3]);
      expect(world.wired.responder.inFlightCount).toBe(0);
    });

    it('that was taken, although its time was over before its turn came', () => {
      const world = served();
      world.wired.request({ route: 'unary', body: 1 });
      world.wired.request({ route: 'unary', body: 2, event: true, timeout: 10 });
      world.wired.request({ route: 'unary', body: 3 });
      world.wired.clock.advance(10);
      world.answerAll();
      expect(world.replied).toEqual([1, Normal, 3]);
    });

    it('that says that nobody waits', () => {
      const world = served();
      world.wired.request({ route: 'unary', event: true, silent: true });
      world.wired.request({ route: 'unary', body: 2 });
      world.answerAll();
      expect(world.replied).toEqual([Normal, 2]);
    });

    it('that says that nobody waits, and that it refuses', () => {
      const { wired } = served();
      void wired.responder.drain();
      wired.request({ route: 'unary', event: true, silent: true });
      wired.request({ event: true, silent: true });
      expect(wired.serverLink.sent.map(({ status }) => status?.code)).toEqual(['UNAVAILABLE', 'INVALID_REQUEST']);
    });

    it('whose time was over before its handler could take it, once', () => {
      const world = served();
      world.handler.work = () => undefined;
      world.wired.request({ route: 'unary', event: true, timeout: 10 });
      world.wired.request({ route: 'unary', body: 2 });
      const [event, second] = world.handler.started;
      second!.reply(2);
      world.wired.clock.advance(10);
      event!.acknowledge();
      event!.done();
      expect(world.replied).toEqual(['DEADLINE_EXCEEDED', 2]);
    });
  });

  it('lets go of everything when the connection is lost', () => {
    const world = served();
    const { responder } = world.wired;
    world.wired.request({ route: 'unary', body: 1 });
    world.wired.request({ route: 'stream', body: 2 });
    world.wired.request({ body: 'refused' });
    world.wired.request({ route: 'unary', event: true });
    responder.closed(undefined);
    expect(responder.inFlightCount).toBe(1);
    world.handler.started.at(-1)!.done();
    expect(responder.inFlightCount).toBe(0);
    expect(world.handler.started.filter(({ signal }) => signal.aborted)).toHaveLength(2);
  });
});

describe('calls without ids', () => {
  it('get their own reply, also those behind one that was cancelled or refused', () => {
    const world = new World();
    const made = Array.from({ length: 30 }, (_, i) => world.call(i % 5 === 1 ? 1n : i, { event: i % 7 === 2 }));
    for (let i = 0; i < 30; i += 4) made[i]!.call.cancel();
    world.wired.requester.notify({ route: 'unary', body: 'event', options: { event: true } });
    const last = world.call('last');
    world.answerAll();
    made.forEach(({ reply }, i) => {
      if (i % 5 === 1) expect(reply.failure).toBeInstanceOf(NotSerializableError);
      else expect(reply.items).toEqual(i % 4 === 0 || i % 7 === 2 ? [] : [i]);
    });
    expect(last.reply.items).toEqual(['last']);
    expect(world.wired.requester.inFlightCount).toBe(0);
  });

  it('that the server cancels keep their place', () => {
    const world = new World();
    const [first, second] = [world.call(1), world.call(2)];
    world.wired.reply({ code: Cancel });
    world.wired.reply({ body: 2 });
    expect(first.reply.failure).toBeInstanceOf(CancelledError);
    expect(second.reply.items).toEqual([2]);
  });
});

/** A server whose replies go nowhere. */
function served(): World {
  const world = new World();
  world.wired.serverLink.deliver = undefined;
  return world;
}

/** So that tests can take the methods apart. */
function bound(world: World): { wired: WiredWithoutIds; call: World['call'] } {
  return { wired: world.wired, call: world.call.bind(world) };
}

import { describe, expect, it } from '@jest/globals';

import type { Message } from '../../lib/contract/index.js';
import { ErrorCode } from '../../lib/errors/index.js';
import { type ReplyOrder, Responder } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeHandler } from '../support/fake-handler.js';
import { FakeLink } from '../support/fake-link.js';

const { Cancel, Normal } = ControlCode;

function serve(order: ReplyOrder = 'concurrent'): {
  link: FakeLink;
  clock: FakeClock;
  handler: FakeHandler;
  responder: Responder;
  receive: (message: Partial<Message>) => void;
} {
  const link = new FakeLink();
  const clock = new FakeClock();
  const handler = new FakeHandler(order);
  // As the dispatcher does: an event is acknowledged before its handlers have finished.
  handler.work = (call) => call.event && call.acknowledge();
  const responder = new Responder(link, handler, 1_000, clock);
  const receive = (message: Partial<Message>): void =>
    responder.receive({ id: 1, code: Normal, route: 'r', ...message }, 10);
  return { link, clock, handler, responder, receive };
}

describe('ServerCall of an event', () => {
  it('is acknowledged at once, and in flight until its handlers are done', () => {
    const { link, handler, responder, receive } = serve();
    receive({ event: true });
    expect(link.replies).toEqual([{ id: 1, code: Normal }]);
    expect(responder.inFlightCount).toBe(1);
    handler.started[0]!.done();
    handler.started[0]!.done();
    expect(link.replies).toHaveLength(1);
    expect(responder.inFlightCount).toBe(0);
  });

  it('is not acknowledged when nobody waits for it, and in flight all the same', () => {
    const { link, handler, responder, receive } = serve();
    receive({ id: 0, event: true, silent: true });
    receive({ id: 0, event: true, silent: true });
    expect(link.replies).toEqual([]);
    expect(responder.inFlightCount).toBe(2);
    for (const call of handler.started) call.done();
    expect(responder.inFlightCount).toBe(0);
  });

  it('outlives a Cancel: that is how fire-and-forget looks upstream', () => {
    const { link, handler, receive } = serve();
    receive({ event: true });
    const { signal } = handler.started[0]!;
    receive({ code: Cancel, route: undefined });
    expect(handler.started[0]!.isOpen).toBe(true);
    expect(signal.aborted).toBe(false);
    expect(link.replies).toEqual([{ id: 1, code: Normal }]);
  });

  it('outlives the connection, also while it waits in a serial lane', () => {
    const { handler, responder, receive } = serve('serial');
    receive({ id: 1, event: true });
    receive({ id: 2 });
    receive({ id: 3, event: true });
    responder.closed(undefined);
    expect(handler.started.map(({ id, isOpen }) => [id, isOpen])).toEqual([[1, true]]);
    handler.started[0]!.done();
    expect(handler.started.map(({ id, isOpen }) => [id, isOpen])).toEqual([
      [1, false],
      [3, true],
    ]);
  });

  it('is stopped by a deadline of its own', () => {
    const { clock, handler, receive } = serve();
    receive({ event: true, timeout: 100 });
    clock.advance(100);
    expect(handler.started[0]!.signal.reason).toMatchObject({ code: ErrorCode.DEADLINE_EXCEEDED });
  });

  it('is acknowledged in its turn, and frees an ordered lane with that', () => {
    const { link, handler, receive } = serve('ordered');
    receive({ id: 1 });
    receive({ id: 2, event: true });
    receive({ id: 3 });
    const [first, event, third] = handler.started;
    third!.reply('third');
    expect(link.replies).toEqual([]);
    first!.reply('first');
    expect(link.replies.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(event!.isOpen).toBe(true);
  });

  it('at the head of an ordered lane holds nobody up', () => {
    const { link, handler, receive } = serve('ordered');
    receive({ id: 1, event: true });
    receive({ id: 2 });
    handler.started[1]!.reply('second');
    expect(link.replies.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('that nobody waits for holds up no ordered lane', () => {
    const { link, handler, receive } = serve('ordered');
    receive({ id: 0, event: true, silent: true });
    receive({ id: 2 });
    handler.started[1]!.reply('second');
    expect(link.replies.map(({ id }) => id)).toEqual([2]);
  });

  it('keeps a serial lane until its handlers are done', () => {
    const { handler, receive } = serve('serial');
    receive({ id: 1, event: true });
    receive({ id: 2 });
    expect(handler.started.map(({ id }) => id)).toEqual([1]);
    handler.started[0]!.done();
    expect(handler.started.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('that is done before its turn leaves its acknowledgement in its turn', () => {
    const { link, handler, responder, receive } = serve('ordered');
    receive({ id: 1 });
    receive({ id: 2, event: true });
    handler.started[1]!.done();
    expect(link.replies).toEqual([]);
    handler.started[0]!.reply(1);
    expect(link.replies.map(({ id }) => id)).toEqual([1, 2]);
    expect(responder.inFlightCount).toBe(0);
  });
});

import { describe, expect, it } from '@jest/globals';

import type { Message } from '../../lib/contract/index.js';
import { ErrorCode, UnreadablePayloadError } from '../../lib/errors/index.js';
import { Responder } from '../../lib/rpc/index.js';
import { ControlCode, type MessageId } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeHandler } from '../support/fake-handler.js';
import { FakeLink } from '../support/fake-link.js';

const { Cancel, End, Normal } = ControlCode;

function set(handler = new FakeHandler()): {
  link: FakeLink;
  handler: FakeHandler;
  responder: Responder;
  receive: (message: Partial<Message>) => void;
} {
  const link = new FakeLink();
  const responder = new Responder(link, handler, 1_000, new FakeClock());
  const receive = (message: Partial<Message>): void => responder.receive({ id: 1, code: Normal, ...message }, 10);
  return { link, handler, responder, receive };
}

describe('Responder', () => {
  it.each<MessageId>([1, 2 ** 32, Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 64n - 1n])(
    'echoes the id %s in reply, item, end and failure',
    (id) => {
      const { link, handler, receive, responder } = set();
      for (const route of ['reply', 'stream', 'failure']) receive({ id, route });
      const [reply, stream, failure] = handler.started;
      expect(handler.started.map((call) => call.id)).toEqual([id, id, id]);
      reply!.reply(1);
      stream!.next(2);
      stream!.end();
      failure!.failWith({ code: 'X', message: '' });
      expect(link.replies).toEqual([
        { id, code: Normal, body: 1 },
        { id, code: Normal, body: 2, more: true },
        { id, code: End },
        { id, code: Normal, status: { code: 'X', message: '' } },
      ]);
      expect(responder.inFlightCount).toBe(0);
    },
  );

  it('finds a call by the bigint that is its id, for its Cancel', () => {
    const { link, handler, receive } = set();
    receive({ id: 2n ** 60n, route: 'r' });
    receive({ id: 2n ** 60n, code: Cancel });
    expect(handler.started[0]!.isOpen).toBe(false);
    expect(link.replies).toEqual([{ id: 2n ** 60n, code: Cancel }]);
  });

  it('has nothing to say to what comes for a call that it does not have', () => {
    const { link, handler, receive, responder } = set();
    receive({ code: Cancel });
    receive({ code: End });
    receive({ body: 1, more: true });
    expect(link.replies).toEqual([]);
    expect(handler.started).toEqual([]);
    expect(responder.inFlightCount).toBe(0);
  });

  it('keeps no tombstone of a Cancel that came before its request', () => {
    const { link, handler, receive } = set();
    receive({ code: Cancel });
    receive({ route: 'r' });
    handler.started[0]!.reply('done');
    expect(link.replies).toEqual([{ id: 1, code: Normal, body: 'done' }]);
  });

  it('refuses a request without a pattern', () => {
    const { link, receive } = set();
    receive({ body: 1 });
    expect(link.replies).toMatchObject([{ id: 1, code: Normal, status: { code: ErrorCode.INVALID_REQUEST } }]);
  });

  it('refuses a request whose payload cannot be read, and starts nothing', () => {
    const { link, handler, receive, responder } = set();
    receive({ route: 'r', unreadable: new UnreadablePayloadError('The payload is not valid JSON') });
    expect(link.replies).toMatchObject([{ id: 1, status: { code: ErrorCode.UNREADABLE_PAYLOAD } }]);
    expect(handler.started).toEqual([]);
    expect(responder.inFlightCount).toBe(0);
  });

  it('never answers the id of the connection where it refuses', () => {
    const { link, receive, responder } = set();
    receive({ id: 0, silent: true });
    receive({ id: 0, silent: true, body: 1 });
    receive({ id: 0, silent: true, code: Cancel });
    receive({ id: 0, silent: true, code: End });
    receive({ id: 0, silent: true, route: 'r', event: true, unreadable: new UnreadablePayloadError('') });
    void responder.drain();
    receive({ id: 0, silent: true, route: 'r', event: true });
    expect(link.replies).toEqual([]);
  });

  it('cuts the connection when even a refusal cannot leave', () => {
    const { link, receive } = set();
    link.full = true;
    receive({ body: 1 });
    expect(link.destroyedBy).toMatchObject({ code: ErrorCode.RESOURCE_EXHAUSTED });
  });

  describe('a second call with a live id', () => {
    it('runs beside the first, and both answer', () => {
      const { link, handler, receive } = set();
      receive({ route: 'first' });
      receive({ route: 'second' });
      const [first, second] = handler.started;
      second!.reply('second');
      first!.reply('first');
      expect(link.replies.map(({ body }) => body)).toEqual(['second', 'first']);
    });

    it('takes over the Cancel, whichever ends first', () => {
      const { handler, receive } = set();
      receive({ route: 'first' });
      receive({ route: 'second' });
      const [first, second] = handler.started;
      first!.reply('first');
      receive({ code: Cancel });
      expect(second!.isOpen).toBe(false);
    });

    it('leaves the first in the count of calls in flight', () => {
      const { handler, receive, responder } = set();
      receive({ route: 'first' });
      receive({ route: 'second' });
      expect(responder.inFlightCount).toBe(2);
      for (const call of handler.started) call.reply(1);
      expect(responder.inFlightCount).toBe(0);
    });

    it('leaves the first to be stopped with the connection', () => {
      const { handler, receive, responder } = set();
      receive({ route: 'first' });
      receive({ route: 'second' });
      responder.closed(undefined);
      expect(handler.started.map(({ isOpen }) => isOpen)).toEqual([false, false]);
    });
  });

  it('stops a call that has the id of the connection with the connection', () => {
    const { handler, receive, responder } = set();
    receive({ id: 0, route: 'endless stream' });
    responder.closed(undefined);
    expect(handler.started.filter(({ isOpen }) => isOpen)).toEqual([]);
  });

  describe('drain()', () => {
    it('refuses new calls, and takes what comes for those in flight', () => {
      const { link, handler, receive, responder } = set();
      receive({ id: 1, route: 'stream', more: true });
      void responder.drain();
      receive({ id: 2, route: 'r' });
      expect(link.replies).toMatchObject([{ id: 2, code: Normal, status: { code: ErrorCode.UNAVAILABLE } }]);
      const items: unknown[] = [];
      handler.started[0]!.requests!.attach({
        next: (item) => items.push(item),
        end: () => items.push('end'),
        fail: () => 0,
      });
      receive({ id: 1, body: 'item', more: true });
      receive({ id: 1, code: End });
      expect(items).toEqual(['item', 'end']);
    });

    it('resolves when the last call is over, events that nobody waits for among them', async () => {
      const { handler, receive, responder } = set();
      receive({ id: 1, route: 'r' });
      receive({ id: 0, silent: true, route: 'e', event: true });
      receive({ id: 0, silent: true, route: 'e', event: true });
      let drained = false;
      const done = responder.drain().then(() => (drained = true));
      const [call, event, other] = handler.started;
      event!.done();
      call!.reply(1);
      await Promise.resolve();
      expect(drained).toBe(false);
      other!.done();
      await done;
    });

    it('resolves at once when nothing is in flight', async () => {
      await set().responder.drain();
    });
  });
});

import { describe, expect, it } from '@jest/globals';

import type { Message } from '../../lib/contract/index.js';
import {
  CancelledError,
  ConnectionLostError,
  DeadlineExceededError,
  ErrorCode,
  ResourceExhaustedError,
  UnreadablePayloadError,
} from '../../lib/errors/index.js';
import { type ReplyOrder, Responder, type ServerCall } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeHandler } from '../support/fake-handler.js';
import { FakeLink } from '../support/fake-link.js';

const { Cancel, End, Normal } = ControlCode;
const STREAM_LIMIT = 1_000;

class Server {
  readonly link = new FakeLink();
  readonly clock = new FakeClock();
  readonly handler: FakeHandler;
  readonly responder: Responder;
  private lastId = 0;

  constructor(order: ReplyOrder = 'concurrent') {
    this.handler = new FakeHandler(order);
    this.responder = new Responder(this.link, this.handler, STREAM_LIMIT, this.clock);
  }

  receive(message: Partial<Message>, length = 10): void {
    this.responder.receive({ id: 1, code: Normal, ...message }, length);
  }

  /** Begins a call, and answers it if it was started. */
  call(message: Partial<Message> = {}): ServerCall | undefined {
    const before = this.handler.started.length;
    this.receive({ id: ++this.lastId, route: 'r', ...message });
    return this.handler.started[before];
  }
}

const reasonsOf = (call: ServerCall): unknown[] => {
  const reasons: unknown[] = [];
  call.onClosed = (reason) => reasons.push(reason);
  return reasons;
};

describe('ServerCall', () => {
  describe('answers', () => {
    it('with one reply, and takes no second', () => {
      const server = new Server();
      const call = server.call()!;
      const reasons = reasonsOf(call);
      call.reply('first');
      call.reply('second');
      call.next('third');
      call.end();
      call.failWith({ code: 'X', message: '' });
      expect(server.link.replies).toEqual([{ id: 1, code: Normal, body: 'first' }]);
      expect(reasons).toEqual([undefined]);
      expect(call.isOpen).toBe(false);
    });

    it('with metadata on the first message only', () => {
      const server = new Server();
      const call = server.call()!;
      call.replyMetadata = { a: 'b' };
      call.next(1);
      call.next(2);
      call.end();
      expect(server.link.replies).toEqual([
        { id: 1, code: Normal, body: 1, more: true, metadata: { a: 'b' } },
        { id: 1, code: Normal, body: 2, more: true },
        { id: 1, code: End },
      ]);
    });

    it('with a message for the metadata of an empty stream, which an End could not carry', () => {
      const server = new Server();
      const call = server.call()!;
      call.replyMetadata = { a: 'b' };
      call.end();
      expect(server.link.replies).toEqual([{ id: 1, code: Normal, metadata: { a: 'b' } }]);
    });

    it.each([
      ['reply', (call: ServerCall) => call.reply(1n)],
      ['item', (call: ServerCall) => call.next(1n)],
      ['failure', (call: ServerCall) => call.failWith({ code: 'X', message: '', details: 1n })],
    ])('with NOT_SERIALIZABLE in place of a %s that cannot be put into bytes', (_, answer) => {
      const server = new Server();
      const call = server.call()!;
      answer(call);
      expect(server.link.replies).toMatchObject([
        { id: 1, code: Normal, status: { code: ErrorCode.NOT_SERIALIZABLE } },
      ]);
      expect(call.isOpen).toBe(false);
      expect(server.responder.inFlightCount).toBe(0);
      expect(server.link.destroyedBy).toBeUndefined();
    });

    it('with the reason in place of what cannot be put into bytes, also when its turn comes later', () => {
      const server = new Server('ordered');
      const first = server.call()!;
      server.call()!.reply(1n);
      first.reply('first');
      expect(server.link.replies).toMatchObject([{ id: 1 }, { id: 2, status: { code: ErrorCode.NOT_SERIALIZABLE } }]);
    });

    it('by cutting the connection when the queue is full: the caller would wait for ever', () => {
      const server = new Server();
      const call = server.call()!;
      server.link.full = true;
      call.reply(1);
      expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('by cutting the connection when the queue is full as its turn comes', () => {
      const server = new Server('ordered');
      const first = server.call()!;
      server.call()!.reply(2);
      server.link.full = true;
      first.end();
      expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
      expect(server.responder.inFlightCount).toBe(0);
    });
  });

  describe('is cancelled', () => {
    it('with an aborted signal, a reason, a failed request stream, and an echo', () => {
      const server = new Server();
      const call = server.call({ more: true })!;
      const { signal } = call;
      const reasons = reasonsOf(call);
      const failures: unknown[] = [];
      call.requests!.attach({ next: () => 0, end: () => 0, fail: (error) => failures.push(error) });
      server.receive({ code: Cancel });
      expect(signal.reason).toBeInstanceOf(CancelledError);
      expect(reasons).toEqual([signal.reason]);
      expect(failures).toEqual([signal.reason]);
      expect(server.link.replies).toEqual([{ id: 1, code: Cancel }]);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('before anybody asks for its signal, which is then aborted already', () => {
      const server = new Server();
      const call = server.call()!;
      server.receive({ code: Cancel });
      expect(call.signal.aborted).toBe(true);
      expect(call.signal.reason).toBeInstanceOf(CancelledError);
    });

    it('too late to matter: the reply has left', () => {
      const server = new Server();
      server.call()!.reply(1);
      server.receive({ code: Cancel });
      expect(server.link.replies).toEqual([{ id: 1, code: Normal, body: 1 }]);
    });

    it('while its reply waits for those before it: nothing of it leaves but the echo', () => {
      const server = new Server('ordered');
      const first = server.call()!;
      server.call()!.reply('second');
      server.receive({ id: 2, code: Cancel });
      first.reply('first');
      expect(server.link.replies).toEqual([
        { id: 2, code: Cancel },
        { id: 1, code: Normal, body: 'first' },
      ]);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('while it waits in a serial lane: it is never started', () => {
      const server = new Server('serial');
      const first = server.call()!;
      server.call();
      server.call();
      server.receive({ id: 2, code: Cancel });
      first.reply(1);
      expect(server.handler.started.map(({ id }) => id)).toEqual([1, 3]);
    });
  });

  describe('has a deadline', () => {
    it('which stops its handler and is told', () => {
      const server = new Server();
      const call = server.call({ timeout: 100 })!;
      const { signal } = call;
      server.clock.advance(40);
      expect(call.remaining).toBe(60);
      server.clock.advance(59);
      expect(call.isOpen).toBe(true);
      server.clock.advance(1);
      expect(call.isOpen).toBe(false);
      expect(signal.reason).toBeInstanceOf(DeadlineExceededError);
      expect(server.link.replies).toMatchObject([
        { id: 1, code: Normal, status: { code: ErrorCode.DEADLINE_EXCEEDED } },
      ]);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('of 0 as well: the caller waits no longer', () => {
      const server = new Server();
      server.call({ timeout: 0 });
      server.clock.advance(0);
      expect(server.link.replies).toMatchObject([{ status: { code: ErrorCode.DEADLINE_EXCEEDED } }]);
    });

    it('which leaves no timer behind when it answers in time', () => {
      const server = new Server();
      server.call({ timeout: 100 })!.reply(1);
      expect(server.clock.pending).toBe(0);
    });

    it.each(['serial', 'ordered'] as const)('while it waits in a %s lane', (order) => {
      const server = new Server(order);
      const first = server.call()!;
      const second = server.call({ timeout: 100 });
      server.clock.advance(100);
      first.reply('first');
      expect(second?.isOpen ?? false).toBe(false);
      expect(server.handler.started.map(({ id }) => id)).toEqual(order === 'serial' ? [1] : [1, 2]);
      expect(server.link.replies).toMatchObject([
        { id: 1, body: 'first' },
        { id: 2, status: { code: ErrorCode.DEADLINE_EXCEEDED } },
      ]);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('which gives up what a held back stream has gathered', () => {
      const server = new Server('ordered');
      const first = server.call()!;
      server.call({ timeout: 100 })!.next('never sent');
      server.clock.advance(100);
      first.reply(1);
      expect(server.link.replies).toMatchObject([{ id: 1 }, { id: 2, status: { code: ErrorCode.DEADLINE_EXCEEDED } }]);
    });

    it('which a handler that has answered does not hear of, though its reply still waits', () => {
      const server = new Server('ordered');
      const first = server.call()!;
      const second = server.call({ timeout: 100 })!;
      second.reply('in time');
      server.clock.advance(100);
      first.reply(1);
      expect(server.link.replies).toMatchObject([{ id: 1 }, { id: 2, body: 'in time' }]);
    });

    it('and none if the caller sets none', () => {
      const server = new Server();
      expect(server.call()!.remaining).toBeUndefined();
      expect(server.clock.pending).toBe(0);
    });
  });

  describe('of a lost connection', () => {
    it('is stopped, with what closed the connection as the cause of its reason', () => {
      const server = new Server();
      const call = server.call({ timeout: 100 })!;
      const { signal } = call;
      const cause = new Error('reset');
      server.responder.closed(cause);
      expect(signal.reason).toBeInstanceOf(ConnectionLostError);
      expect((signal.reason as Error).cause).toBe(cause);
      expect(server.link.replies).toEqual([]);
      expect(server.clock.pending).toBe(0);
    });

    it('is never started if it waits in a serial lane', () => {
      const server = new Server('serial');
      for (let i = 0; i < 10; i++) server.call();
      server.responder.closed(undefined);
      expect(server.handler.started).toHaveLength(1);
      expect(server.responder.inFlightCount).toBe(0);
    });
  });

  describe('streams', () => {
    it('within its allowance when the peer does not keep up, and fails beyond it', () => {
      const server = new Server();
      const call = server.call()!;
      server.link.hasRoom = false;
      const item = Buffer.alloc(300);
      for (let i = 0; i < 3; i++) call.next(item);
      expect(call.isOpen).toBe(true);
      call.next(item);
      expect(call.isOpen).toBe(false);
      expect(server.link.replies.at(-1)).toMatchObject({ status: { code: ErrorCode.RESOURCE_EXHAUSTED } });
      expect(call.signal.reason).toBeInstanceOf(ResourceExhaustedError);
    });

    it('with a new allowance when there was room again meanwhile', () => {
      const server = new Server();
      const call = server.call()!;
      server.link.hasRoom = false;
      for (let i = 0; i < 10; i++) {
        call.next(Buffer.alloc(600));
        server.responder.roomAgain();
      }
      expect(call.isOpen).toBe(true);
    });

    it('as much as it likes while there is room', () => {
      const server = new Server();
      const call = server.call()!;
      for (let i = 0; i < 10; i++) call.next(Buffer.alloc(600));
      expect(call.isOpen).toBe(true);
    });

    it('up to its limit behind others, and tells in its turn that it was too much', () => {
      const server = new Server('ordered');
      const first = server.call()!;
      const second = server.call()!;
      for (let i = 0; i < 3; i++) second.next(Buffer.alloc(300));
      expect(second.isOpen).toBe(true);
      second.next(Buffer.alloc(300));
      expect(second.isOpen).toBe(false);
      first.reply(1);
      expect(server.link.replies).toMatchObject([{ id: 1 }, { id: 2, status: { code: ErrorCode.RESOURCE_EXHAUSTED } }]);
    });

    it('has room only at the head of its lane, and hears of it', async () => {
      const server = new Server('ordered');
      const first = server.call()!;
      const second = server.call()!;
      expect([first.hasRoom, second.hasRoom]).toEqual([true, false]);
      const again = second.roomAgain();
      first.reply(1);
      await again;
      expect(second.hasRoom).toBe(true);
    });

    it.each([
      ['Cancel', (server: Server) => server.receive({ code: Cancel })],
      ['deadline', (server: Server) => server.clock.advance(100)],
      ['lost connection', (server: Server) => server.responder.closed(undefined)],
      ['room', (server: Server) => server.responder.roomAgain()],
    ])('waits for room no longer after: %s', async (_, happens) => {
      const server = new Server();
      const call = server.call({ timeout: 100 })!;
      server.link.hasRoom = false;
      const again = call.roomAgain();
      happens(server);
      await again;
    });
  });

  describe('with a request stream', () => {
    it('hands on items and end', () => {
      const server = new Server();
      const call = server.call({ more: true })!;
      const seen: unknown[] = [];
      server.receive({ body: 'before', more: true });
      call.requests!.attach({
        next: (item) => seen.push(item),
        end: () => seen.push('end'),
        fail: () => seen.push('failed'),
      });
      server.receive({ body: 'after', more: true });
      server.receive({ code: End });
      server.receive({ body: 'late', more: true });
      expect(seen).toEqual(['before', 'after', 'end']);
      expect(call.isOpen).toBe(true);
    });

    it('fails when more waits for its handler than the limit', () => {
      const server = new Server();
      const call = server.call({ more: true })!;
      server.receive({ body: 1, more: true }, STREAM_LIMIT);
      expect(call.isOpen).toBe(true);
      server.receive({ body: 2, more: true }, 1);
      expect(call.isOpen).toBe(false);
      expect(server.link.replies).toMatchObject([{ id: 1, status: { code: ErrorCode.RESOURCE_EXHAUSTED } }]);
    });

    it('fails by an item that cannot be read', () => {
      const server = new Server();
      const call = server.call({ more: true })!;
      server.receive({ unreadable: new UnreadablePayloadError('not JSON'), more: true });
      expect(call.isOpen).toBe(false);
      expect(server.link.replies).toMatchObject([{ id: 1, status: { code: ErrorCode.UNREADABLE_PAYLOAD } }]);
    });

    it('has no use for items once it has answered', () => {
      const server = new Server();
      const call = server.call({ more: true })!;
      call.reply('enough');
      server.receive({ body: 1, more: true });
      server.receive({ code: End });
      expect(server.link.replies).toEqual([{ id: 1, code: Normal, body: 'enough' }]);
    });
  });

  it('without a request stream has no use for further messages', () => {
    const server = new Server();
    const call = server.call()!;
    server.receive({ body: 'more', more: true });
    server.receive({ body: 'more' });
    server.receive({ code: End });
    expect(call.isOpen).toBe(true);
    expect(server.link.replies).toEqual([]);
  });
});

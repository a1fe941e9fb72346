import { describe, expect, it } from '@jest/globals';

import {
  CancelledError,
  ConnectionLostError,
  DeadlineExceededError,
  ErrorCode,
  UnreadablePayloadError,
} from '../../lib/errors/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { LoneResponder, reasonsOf, STREAM_LIMIT } from '../support/lone-responder.js';

const { Cancel, End, Normal } = ControlCode;

describe('ServerCall', () => {
  describe('is cancelled', () => {
    it('with an aborted signal, a reason, a failed request stream, and an echo', () => {
      const server = new LoneResponder();
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
      const server = new LoneResponder();
      const call = server.call()!;
      server.receive({ code: Cancel });
      expect(call.signal.aborted).toBe(true);
      expect(call.signal.reason).toBeInstanceOf(CancelledError);
    });

    it('too late to matter: the reply has left', () => {
      const server = new LoneResponder();
      server.call()!.reply(1);
      server.receive({ code: Cancel });
      expect(server.link.replies).toEqual([{ id: 1, code: Normal, body: 1 }]);
    });

    it('while its reply waits for those before it: nothing of it leaves but the echo', () => {
      const server = new LoneResponder('ordered');
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
      const server = new LoneResponder('serial');
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
      const server = new LoneResponder();
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
      const server = new LoneResponder();
      server.call({ timeout: 0 });
      server.clock.advance(0);
      expect(server.link.replies).toMatchObject([{ status: { code: ErrorCode.DEADLINE_EXCEEDED } }]);
    });

    it('which leaves no timer behind when it answers in time', () => {
      const server = new LoneResponder();
      server.call({ timeout: 100 })!.reply(1);
      expect(server.clock.pending).toBe(0);
    });

    it.each(['serial', 'ordered'] as const)('while it waits in a %s lane', (order) => {
      const server = new LoneResponder(order);
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
      const server = new LoneResponder('ordered');
      const first = server.call()!;
      server.call({ timeout: 100 })!.next('never sent');
      server.clock.advance(100);
      first.reply(1);
      expect(server.link.replies).toMatchObject([{ id: 1 }, { id: 2, status: { code: ErrorCode.DEADLINE_EXCEEDED } }]);
    });

    it('which a handler that has answered does not hear of, though its reply still waits', () => {
      const server = new LoneResponder('ordered');
      const first = server.call()!;
      const second = server.call({ timeout: 100 })!;
      second.reply('in time');
      server.clock.advance(100);
      first.reply(1);
      expect(server.link.replies).toMatchObject([{ id: 1 }, { id: 2, body: 'in time' }]);
    });

    it('and none if the caller sets none', () => {
      const server = new LoneResponder();
      expect(server.call()!.remaining).toBeUndefined();
      expect(server.clock.pending).toBe(0);
    });
  });

  describe('of a lost connection', () => {
    it('is stopped, with what closed the connection as the cause of its reason', () => {
      const server = new LoneResponder();
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
      const server = new LoneResponder('serial');
      for (let i = 0; i < 10; i++) server.call();
      server.responder.closed(undefined);
      expect(server.handler.started).toHaveLength(1);
      expect(server.responder.inFlightCount).toBe(0);
    });
  });

  describe('with a request stream', () => {
    it('hands on items and end', () => {
      const server = new LoneResponder();
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
      const server = new LoneResponder();
      const call = server.call({ more: true })!;
      server.receive({ body: 1, more: true }, STREAM_LIMIT);
      expect(call.isOpen).toBe(true);
      server.receive({ body: 2, more: true }, 1);
      expect(call.isOpen).toBe(false);
      expect(server.link.replies).toMatchObject([{ id: 1, status: { code: ErrorCode.RESOURCE_EXHAUSTED } }]);
    });

    it('fails by an item that cannot be read', () => {
      const server = new LoneResponder();
      const call = server.call({ more: true })!;
      server.receive({ unreadable: new UnreadablePayloadError('not JSON'), more: true });
      expect(call.isOpen).toBe(false);
      expect(server.link.replies).toMatchObject([{ id: 1, status: { code: ErrorCode.UNREADABLE_PAYLOAD } }]);
    });

    it('has no use for items once it has answered', () => {
      const server = new LoneResponder();
      const call = server.call({ more: true })!;
      call.reply('enough');
      server.receive({ body: 1, more: true });
      server.receive({ code: End });
      expect(server.link.replies).toEqual([{ id: 1, code: Normal, body: 'enough' }]);
    });
  });

  it('without a request stream has no use for further messages', () => {
    const server = new LoneResponder();
    const call = server.call()!;
    server.receive({ body: 'more', more: true });
    server.receive({ body: 'more' });
    server.receive({ code: End });
    expect(call.isOpen).toBe(true);
    expect(server.link.replies).toEqual([]);
  });
});

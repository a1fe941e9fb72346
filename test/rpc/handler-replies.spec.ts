import { describe, expect, it } from '@jest/globals';

import { ErrorCode, NotSerializableError, ResourceExhaustedError } from '../../lib/errors/index.js';
import type { ServerCall } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { LoneResponder, reasonsOf } from '../support/lone-responder.js';

const { Cancel, End, Normal } = ControlCode;

describe('HandlerReplies', () => {
  describe('answers', () => {
    it('with one reply, and takes no second', () => {
      const server = new LoneResponder();
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
      const server = new LoneResponder();
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
      const server = new LoneResponder();
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
      const server = new LoneResponder();
      const call = server.call()!;
      answer(call);
      expect(server.link.replies).toMatchObject([
        { id: 1, code: Normal, status: { code: ErrorCode.NOT_SERIALIZABLE } },
      ]);
      // The caller may be told less: not every contract has a place for failures.
      expect(server.handler.unsentReplies).toEqual([['r', expect.any(NotSerializableError)]]);
      expect(call.isOpen).toBe(false);
      expect(server.responder.inFlightCount).toBe(0);
      expect(server.link.destroyedBy).toBeUndefined();
    });

    it('with the reason in place of an item that could not be made, once, and stops the handler', () => {
      const server = new LoneResponder();
      const call = server.call()!;
      const reasons = reasonsOf(call);
      const reason = new NotSerializableError('no key');
      call.next(1);
      call.nextUnsent(reason);
      call.nextUnsent(reason);
      expect(server.link.replies).toMatchObject([{ body: 1 }, { status: { code: ErrorCode.NOT_SERIALIZABLE } }]);
      expect(server.handler.unsentReplies).toEqual([['r', reason]]);
      expect(reasons).toEqual([reason]);
    });

    it('with the reason in place of a reply that could not be made, and tells of none that nobody waits for', () => {
      const server = new LoneResponder();
      const call = server.call()!;
      const reasons = reasonsOf(call);
      const reason = new NotSerializableError('no key');
      call.replyUnsent(reason);
      call.replyUnsent(reason);
      expect(server.link.replies).toMatchObject([{ status: { code: ErrorCode.NOT_SERIALIZABLE } }]);
      expect(server.handler.unsentReplies).toEqual([['r', reason]]);
      expect(reasons).toEqual([undefined]);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('with the reason in place of what cannot be put into bytes, also when its turn comes later', () => {
      const server = new LoneResponder('ordered');
      const first = server.call()!;
      server.call()!.reply(1n);
      first.reply('first');
      expect(server.link.replies).toMatchObject([{ id: 1 }, { id: 2, status: { code: ErrorCode.NOT_SERIALIZABLE } }]);
    });

    it.each([
      ['reply', (call: ServerCall, body: unknown) => call.reply(body)],
      [
        'item',
        (call: ServerCall, body: unknown) => {
          call.next(body);
          call.end();
        },
      ],
    ])('with a %s whose turn came while it was put into bytes', (_, answer) => {
      const server = new LoneResponder('ordered');
      const first = server.call()!;
      const toJSON = (): string => {
        first.reply('first');
        return 'second';
      };
      answer(server.call()!, { toJSON });
      expect(server.link.replies.slice(0, 2)).toMatchObject([{ body: 'first' }, { id: 2, body: 'second' }]);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('by cutting the connection when the queue is full: the caller would wait for ever', () => {
      const server = new LoneResponder();
      const call = server.call()!;
      server.link.full = true;
      call.reply(1);
      expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
      expect(server.responder.inFlightCount).toBe(0);
    });

    it('by cutting the connection when the queue is full as its turn comes', () => {
      const server = new LoneResponder('ordered');
      const first = server.call()!;
      server.call()!.reply(2);
      server.link.full = true;
      first.end();
      expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
      expect(server.responder.inFlightCount).toBe(0);
    });
  });

  describe('streams', () => {
    it('within its allowance when the peer does not keep up, and fails beyond it', () => {
      const server = new LoneResponder();
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
      const server = new LoneResponder();
      const call = server.call()!;
      server.link.hasRoom = false;
      for (let i = 0; i < 10; i++) {
        call.next(Buffer.alloc(600));
        server.responder.roomAgain();
      }
      expect(call.isOpen).toBe(true);
    });

    it('as much as it likes while there is room', () => {
      const server = new LoneResponder();
      const call = server.call()!;
      for (let i = 0; i < 10; i++) call.next(Buffer.alloc(600));
      expect(call.isOpen).toBe(true);
    });

    it('up to its limit behind others, and tells in its turn that it was too much', () => {
      const server = new LoneResponder('ordered');
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
      const server = new LoneResponder('ordered');
      const first = server.call()!;
      const second = server.call()!;
      expect([first.hasRoom, second.hasRoom]).toEqual([true, false]);
      const again = second.roomAgain();
      first.reply(1);
      await again;
      expect(second.hasRoom).toBe(true);
    });

    it.each([
      ['Cancel', (server: LoneResponder) => server.receive({ code: Cancel })],
      ['deadline', (server: LoneResponder) => server.clock.advance(100)],
      ['lost connection', (server: LoneResponder) => server.responder.closed(undefined)],
      ['room', (server: LoneResponder) => server.responder.roomAgain()],
    ])('waits for room no longer after: %s', async (_, happens) => {
      const server = new LoneResponder();
      const call = server.call({ timeout: 100 })!;
      server.link.hasRoom = false;
      const again = call.roomAgain();
      happens(server);
      await again;
    });
  });
});

import { describe, expect, it } from '@jest/globals';

import { CancelledError, ErrorCode, UnreadablePayloadError } from '../../lib/errors/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { loneRequester } from '../support/lone-requester.js';
import { RecordedReply } from '../support/recorded-reply.js';

const { Cancel, End } = ControlCode;

const request = { route: 'r', body: 'b', options: {} };

describe('ClientCall', () => {
  it('of one reply is complete with it', () => {
    const { requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    receive({ body: null });
    expect(reply.items).toEqual([null]);
    expect(reply.isCompleted).toBe(true);
    expect(requester.inFlightCount).toBe(0);
  });

  it('of a reply without a body brings no item', () => {
    const { requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    receive({});
    expect(reply.items).toEqual([]);
    expect(reply.isCompleted).toBe(true);
  });

  it('of a stream is complete at its End and not before', () => {
    const { requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    receive({ body: 1, more: true });
    receive({ body: 2, more: true });
    expect(reply.ends).toEqual([]);
    receive({ code: End });
    expect(reply.items).toEqual([1, 2]);
    expect(reply.isCompleted).toBe(true);
  });

  it('of nothing but an End is an empty stream', () => {
    const { requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    receive({ code: End });
    expect(reply.items).toEqual([]);
    expect(reply.isCompleted).toBe(true);
  });

  it('passes over what comes after its end', () => {
    const { link, requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    receive({ body: 1 });
    receive({ body: 2, metadata: { a: 'b' } });
    receive({ code: End });
    receive({ code: Cancel });
    receive({ status: { code: 'X', message: '' } });
    expect(reply.items).toEqual([1]);
    expect(reply.ends).toHaveLength(1);
    expect(reply.late).toEqual([]);
    expect(link.sent).toHaveLength(1);
  });

  it('that the server cancels fails, also in the middle of a stream', () => {
    const { link, requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    receive({ body: 1, more: true });
    receive({ code: Cancel });
    expect(reply.failure).toBeInstanceOf(CancelledError);
    expect(link.sent).toHaveLength(1);
  });

  it('fails by a status, whatever else the message has', () => {
    const { requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    receive({ status: { code: ErrorCode.NO_HANDLER, message: 'none' }, body: 1, more: true });
    expect(reply.failure).toMatchObject({ code: ErrorCode.NO_HANDLER, message: 'none' });
    expect(reply.items).toEqual([]);
  });

  it('fails by a reply that cannot be read, and stops a stream', () => {
    const { link, requester, receive } = loneRequester();
    const [last, item] = [new RecordedReply(), new RecordedReply()];
    requester.call(request, last);
    requester.call(request, item);
    const unreadable = new UnreadablePayloadError('not JSON');
    receive({ id: 1, unreadable });
    receive({ id: 2, unreadable, more: true });
    expect([last.failure, item.failure]).toEqual([unreadable, unreadable]);
    expect(link.sent.slice(2)).toEqual([{ id: 2, code: Cancel }]);
  });

  it('brings the metadata of the reply before its first item', () => {
    const { requester, reply, receive } = loneRequester();
    const seen: unknown[] = [];
    reply.metadata = (metadata) => seen.push(metadata);
    reply.next = (item) => seen.push(item);
    requester.call(request, reply);
    receive({ body: 1, more: true, metadata: { a: 'b' } });
    expect(seen).toEqual([{ a: 'b' }, 1]);
  });

  it('brings nothing more to an observer that cancels at the metadata', () => {
    const { requester, reply, receive } = loneRequester();
    const call = requester.call(request, reply);
    reply.metadata = () => call.cancel();
    receive({ body: 1, more: true, metadata: { a: 'b' } });
    expect(reply.items).toEqual([]);
  });

  it('whose observer has no use for metadata drops it', () => {
    const { requester, receive } = loneRequester();
    const items: unknown[] = [];
    requester.call(request, { next: (item) => items.push(item), complete: () => undefined, error: () => undefined });
    receive({ body: 1, metadata: { a: 'b' } });
    expect(items).toEqual([1]);
  });

  it('says whether an item is a packet', () => {
    const { requester, receive } = loneRequester();
    const packets: boolean[] = [];
    requester.call(request, {
      next: (_, packet) => packets.push(packet),
      complete: () => undefined,
      error: () => undefined,
    });
    receive({ body: 1, more: true, packet: true });
    receive({ body: 2 });
    expect(packets).toEqual([true, false]);
  });

  it('that is cancelled tells the peer once, and its observer nothing', () => {
    const { link, requester, reply } = loneRequester();
    const call = requester.call(request, reply);
    call.cancel();
    call.cancel();
    expect(link.sent.slice(1)).toEqual([{ id: 1, code: Cancel }]);
    expect(reply.ends).toEqual([]);
    expect(requester.inFlightCount).toBe(0);
  });

  it('that is over needs no Cancel, not even from who reacts to its last item', () => {
    const { link, requester, reply, receive } = loneRequester();
    const call = requester.call(request, reply);
    reply.next = () => call.cancel();
    receive({ body: 1 });
    expect(link.sent).toHaveLength(1);
    expect(reply.isCompleted).toBe(true);
  });

  it('that is aborted tells both', () => {
    const { link, requester, reply } = loneRequester();
    const error = new Error('enough');
    requester.call(request, reply).abort(error);
    expect(link.sent.slice(1)).toEqual([{ id: 1, code: Cancel }]);
    expect(reply.failure).toBe(error);
  });

  it('tells once that it is settled, before its observer hears', () => {
    const { requester, reply, receive } = loneRequester();
    const seen: string[] = [];
    reply.complete = () => seen.push('complete');
    const call = requester.call(request, Object.assign(reply, { settled: () => seen.push('settled') }));
    receive({});
    call.cancel();
    expect(seen).toEqual(['settled', 'complete']);
  });
});

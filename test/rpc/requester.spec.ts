import { describe, expect, it } from '@jest/globals';

import { ConnectionLostError, NotSerializableError, ResourceExhaustedError } from '../../lib/errors/index.js';
import { Requester } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { loneRequester } from '../support/lone-requester.js';
import { RecordedReply } from '../support/recorded-reply.js';

const { Cancel, End, Normal } = ControlCode;

const request = { route: 'r', body: 'b', options: {} };

describe('Requester', () => {
  it('numbers its calls from 1 and uses no number twice', () => {
    const { link, requester, receive } = loneRequester();
    requester.call(request, new RecordedReply());
    requester.call(request, new RecordedReply()).cancel();
    receive({ body: 1 });
    requester.call(request, new RecordedReply());
    expect(link.sent.filter(({ code }) => code === Normal).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('sends all that a request has', () => {
    const { link, requester, reply } = loneRequester();
    reply.remaining = 5;
    requester.call({ route: 'r', body: [1], options: { event: true, metadata: { a: 'b' }, packet: true } }, reply);
    expect(link.sent).toEqual([
      {
        id: 1,
        code: Normal,
        route: 'r',
        body: [1],
        event: true,
        timeout: 5,
        metadata: { a: 'b' },
        packet: true,
      },
    ]);
  });

  it.each([
    [0.2, 1],
    [-3, 0],
    [2 ** 40, 2 ** 32 - 1],
    [Infinity, 2 ** 32 - 1],
  ])('tells a timeout of %s as %s, which its field can hold', (timeout, told) => {
    const { link, requester } = loneRequester();
    requester.call(request, new RecordedReply(timeout));
    expect(link.sent[0]!.timeout).toBe(told);
  });

  it('says when it has used the last id, and hands back the calls beyond it', () => {
    const { link, reply } = loneRequester();
    const requester = new Requester(link, 1_000, new FakeClock(), undefined, 2);
    const told: number[] = [];
    requester.onLastId = () => told.push(requester.inFlightCount);
    requester.call(request, new RecordedReply());
    expect(told).toEqual([]);
    requester.call(request, new RecordedReply());
    // It is in flight by then: who closes the connection has to wait for it.
    expect(told).toEqual([2]);
    const back: unknown[] = [];
    requester.onHandedBack = (call, error) => back.push(call, error) > 0;
    const third = requester.call(request, reply);
    expect(back).toEqual([third, expect.any(ConnectionLostError)]);
    expect([told.length, link.sent.length, reply.ends]).toEqual([1, 2, []]);
  });

  it('says it of an event, too, that nobody waits for', () => {
    const { link } = loneRequester();
    const requester = new Requester(link, 1_000, new FakeClock(), undefined, 1);
    let told = 0;
    requester.onLastId = () => told++;
    requester.notify({ ...request, options: { event: true } });
    expect([told, link.sent.length]).toEqual([1, 1]);
  });

  it('fails a request that cannot be put into bytes, and sends nothing', () => {
    const { link, requester, reply } = loneRequester();
    const call = requester.call({ route: 'r', body: 1n, options: {} }, reply);
    expect(reply.failure).toBeInstanceOf(NotSerializableError);
    expect(link.sent).toEqual([]);
    expect(call.isOpen).toBe(false);
    expect(requester.inFlightCount).toBe(0);
  });

  it('fails a request, and refuses an event, that the contract has no bytes for', () => {
    const { link, requester, reply } = loneRequester();
    link.hasNoBytesFor = () => true;
    requester.call(request, reply);
    expect(reply.failure).toBeInstanceOf(NotSerializableError);
    expect(requester.inFlightCount).toBe(0);
    expect(() => requester.notify({ ...request, options: { event: true } })).toThrow(NotSerializableError);
  });

  it('fails a request for which there is no room in the queue', () => {
    const { link, requester, reply } = loneRequester();
    link.full = true;
    requester.call(request, reply);
    expect(reply.failure).toBeInstanceOf(ResourceExhaustedError);
    expect(requester.inFlightCount).toBe(0);
  });

  it('notifies with the id of the connection, and has nothing in flight', () => {
    const { link, requester, receive } = loneRequester();
    requester.notify({ ...request, options: { event: true } }, 5);
    expect(link.sent).toEqual([{ id: 0, silent: true, code: Normal, route: 'r', body: 'b', event: true, timeout: 5 }]);
    expect(requester.inFlightCount).toBe(0);
    receive({ id: 0 });
    expect(() => requester.notify({ route: 'r', body: 1n, options: { event: true } })).toThrow(NotSerializableError);
  });

  it('passes over what comes for no call', () => {
    const { link, requester, reply, receive } = loneRequester();
    requester.call(request, reply);
    for (const id of [0, 2, 2n ** 63n]) for (const code of [Normal, Cancel, End]) receive({ id, code, body: 1 });
    expect(reply.items).toEqual([]);
    expect(reply.ends).toEqual([]);
    expect(link.sent).toHaveLength(1);
  });

  describe('a lost connection', () => {
    it('fails every call once, with its cause', () => {
      const { requester } = loneRequester();
      const replies = Array.from({ length: 5 }, () => new RecordedReply());
      for (const reply of replies) requester.call(request, reply);
      const cause = new Error('reset');
      requester.closed(cause);
      for (const { failure, ends } of replies) {
        expect(failure).toBeInstanceOf(ConnectionLostError);
        expect((failure as Error).cause).toBe(cause);
        expect(ends).toHaveLength(1);
      }
      expect(requester.inFlightCount).toBe(0);
    });

    it('fails a call that comes after it', () => {
      const { link, requester, reply } = loneRequester();
      requester.closed(undefined);
      const call = requester.call(request, reply);
      call.cancel();
      expect(reply.failure).toBeInstanceOf(ConnectionLostError);
      expect(reply.ends).toHaveLength(1);
      expect(link.sent).toEqual([]);
    });

    it('fails the calls that are made while it fails the others', () => {
      const { requester } = loneRequester();
      const again = new RecordedReply();
      const reply = new RecordedReply();
      reply.error = () => requester.call(request, again);
      requester.call(request, reply);
      requester.closed(undefined);
      expect(again.failure).toBeInstanceOf(ConnectionLostError);
      expect(requester.inFlightCount).toBe(0);
    });

    it('is not told of the calls that are cancelled meanwhile', () => {
      const { link, requester } = loneRequester();
      const second = requester.call(request, new RecordedReply());
      const reply = new RecordedReply();
      reply.error = () => second.cancel();
      requester.call(request, reply);
      requester.closed(undefined);
      expect(link.sent.filter(({ code }) => code === Cancel)).toEqual([]);
    });
  });

  describe('idle()', () => {
    it('resolves when the last call has ended, however it did', async () => {
      const { requester, receive } = loneRequester();
      const calls = Array.from({ length: 4 }, () => requester.call(request, new RecordedReply()));
      let idle = false;
      const done = requester.idle().then(() => (idle = true));
      receive({ id: 1 });
      receive({ id: 2, code: Cancel });
      calls[2]!.cancel();
      await Promise.resolve();
      expect(idle).toBe(false);
      calls[3]!.abort(new Error('aborted'));
      await done;
    });

    it('resolves for everyone who asked', async () => {
      const { requester, receive } = loneRequester();
      requester.call(request, new RecordedReply());
      const both = Promise.all([requester.idle(), requester.idle()]);
      receive({});
      await both;
    });
  });
});

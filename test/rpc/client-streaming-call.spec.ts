import { describe, expect, it } from '@jest/globals';

import { NotSerializableError, ResourceExhaustedError } from '../../lib/errors/index.js';
import { type Requester } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { loneRequester } from '../support/lone-requester.js';
import { RecordedReply } from '../support/recorded-reply.js';

const { Cancel, End, Normal } = ControlCode;

const request = { route: 'r', body: undefined, options: {} };

describe('ClientStreamingCall', () => {
  it('sends its items and its End, and nothing after it', () => {
    const { link, requester, reply } = loneRequester();
    const call = requester.stream(request, reply);
    call.next(1);
    call.next(2);
    call.end();
    call.end();
    call.next(3);
    expect(link.sent).toEqual([
      { id: 1, code: Normal, route: 'r', more: true },
      { id: 1, code: Normal, body: 1, more: true },
      { id: 1, code: Normal, body: 2, more: true },
      { id: 1, code: End },
    ]);
    expect(call.isOpen).toBe(true);
  });

  it('sends nothing once the reply is complete', () => {
    const { link, requester, reply, receive } = loneRequester();
    const call = requester.stream(request, reply);
    receive({ body: 'enough' });
    call.next(1);
    call.end();
    call.fail(new Error('late'));
    expect(link.sent).toHaveLength(1);
    expect(reply.isCompleted).toBe(true);
  });

  it.each([
    ['its source', (call: { fail(error: unknown): void }) => call.fail(new NotSerializableError('source'))],
    ['an item that cannot be put into bytes', (call: { next(item: unknown): void }) => call.next(1n)],
  ])('that fails by %s tells the peer to stop', (_, fail) => {
    const { link, requester, reply } = loneRequester();
    fail(requester.stream(request, reply));
    expect(reply.failure).toBeInstanceOf(NotSerializableError);
    expect(link.sent.slice(1)).toEqual([{ id: 1, code: Cancel }]);
  });

  it('fails when it outruns its peer, unless there is room now and then', () => {
    const { link, requester } = loneRequester();
    const [patient, eager] = [new RecordedReply(), new RecordedReply()];
    const [first, second] = [requester.stream(request, patient), requester.stream(request, eager)];
    link.hasRoom = false;
    for (let i = 0; i < 5; i++) {
      first.next(Buffer.alloc(600));
      requester.roomAgain();
    }
    second.next(Buffer.alloc(600));
    expect([patient.ends, eager.ends]).toEqual([[], []]);
    second.next(Buffer.alloc(600));
    expect(patient.ends).toEqual([]);
    expect(eager.failure).toBeInstanceOf(ResourceExhaustedError);
  });

  it.each([
    ['room again', (requester: Requester) => requester.roomAgain()],
    ['its end', (requester: Requester) => requester.receive({ id: 1, code: End })],
    ['a lost connection', (requester: Requester) => requester.closed(undefined)],
  ])('waits for room until: %s', async (_, happens) => {
    const { link, requester, reply } = loneRequester();
    const call = requester.stream(request, reply);
    link.hasRoom = false;
    const again = call.roomAgain();
    happens(requester);
    await again;
  });
});

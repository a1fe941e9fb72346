import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import * as errors from '../../lib/errors/index.js';
import { FakeHandler } from '../support/fake-handler.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { Wired } from '../support/wired.js';

/** What a caller gets for `status`, after its way over the wire. */
function received(status: errors.Status): unknown {
  const handler = new FakeHandler();
  handler.work = (call) => call.failWith(status);
  const wired = new Wired(handler);
  const reply = new RecordedReply();
  wired.requester.call({ route: 'r', body: 1, options: {} }, reply);
  wired.deliverAll();
  expect(reply.ends).toHaveLength(1);
  return reply.failure;
}

describe('A status', () => {
  it.each([
    errors.NoHandlerError,
    errors.CancelledError,
    errors.DeadlineExceededError,
    errors.ConnectionLostError,
    errors.UnavailableError,
    errors.ResourceExhaustedError,
    errors.MessageTooLargeError,
    errors.NotSerializableError,
    errors.UnreadablePayloadError,
    errors.InvalidRequestError,
  ])('of a %p arrives as one', (ErrorClass) => {
    const failure = received(errors.statusOf(new ErrorClass('the text')));
    expect(failure).toBeInstanceOf(ErrorClass);
    expect(failure).toMatchObject({ name: ErrorClass.name, message: 'the text' });
  });

  it('of a handler arrives as exactly what was thrown', () => {
    const thrown = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(thrown, (details) => {
        // Such keys are left out of what is read.
        fc.pre(details !== null && !JSON.stringify(details).includes('__proto__'));
        expect(received({ code: errors.HANDLER_FAILED, message: '', details })).toStrictEqual(details);
      }),
    );
  });

  it.each([undefined, null])('of a handler that threw %p arrives as its text', (details) => {
    const failure = received({ code: errors.HANDLER_FAILED, message: 'the text', details });
    expect(failure).toEqual({ status: 'error', message: 'the text' });
  });

  it.each(['FROM_A_NEWER_PEER', '__proto__', 'constructor', ''])('with the unknown code %p stays readable', (code) => {
    const failure = received({ code, message: 'the text', details: { a: 1 } });
    expect(failure).toEqual({ status: 'error', code, message: 'the text', details: { a: 1 } });
  });
});

import { describe, expect, it } from '@jest/globals';

import type { Contract, Message } from '../../lib/contract/index.js';
import { ErrorCode, InvalidRequestError, ResourceExhaustedError } from '../../lib/errors/index.js';
import {
  type CallLimits,
  defaultCallLimits,
  type ReplyOrder,
  Responder,
  type ServerCall,
} from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeHandler } from '../support/fake-handler.js';
import { FakeLink } from '../support/fake-link.js';

const { Cancel, Normal } = ControlCode;

interface Setting {
  readonly order?: ReplyOrder;
  readonly contract?: Pick<Contract, 'withoutIds'>;
}

class Server {
  readonly link = new FakeLink();
  readonly clock = new FakeClock();
  readonly handler: FakeHandler;
  readonly responder: Responder;
  private lastId = 0;

  constructor(limits: Partial<CallLimits>, { contract, order = 'concurrent' }: Setting = {}) {
    this.handler = new FakeHandler(order);
    this.responder = new Responder(this.link, this.handler, 1_000, this.clock, contract, {
      ...defaultCallLimits,
      ...limits,
    });
  }

  get started(): readonly ServerCall[] {
    return this.handler.started;
  }

  /** The failures that were sent, by the id of their call. */
  get failures(): [id: unknown, code: string | undefined][] {
    return this.link.sent.filter(({ status }) => status).map(({ id, status }) => [id, status?.code]);
  }

  call(message: Partial<Message> = {}): number {
    const id = ++this.lastId;
    this.responder.receive({ id, code: Normal, route: 'r', ...message }, 10);
    return id;
  }

  cancel(id: number): void {
    this.responder.receive({ id, code: Cancel }, 10);
  }
}

const exhausted = ErrorCode.RESOURCE_EXHAUSTED;

describe('maxCallsInFlight', () => {
  it('refuses one call too many at once, starts nothing for it, and takes the next when one is over', () => {
    const server = new Server({ maxCallsInFlight: 2 });
    for (let i = 0; i < 3; i++) server.call();
    expect(server.failures).toEqual([[3, exhausted]]);
    expect(server.started).toHaveLength(2);
    server.started[0]!.reply(1);
    server.call();
    expect(server.started.map(({ id }) => id)).toEqual([1, 2, 4]);
    expect(server.link.destroyedBy).toBeUndefined();
  });

  it('counts a cancelled call until its handler is done', () => {
    const server = new Server({ maxCallsInFlight: 2 });
    for (let i = 0; i < 2; i++) server.cancel(server.call());
    expect(server.responder.inFlightCount).toBe(0);
    server.call();
    expect(server.failures).toEqual([[3, exhausted]]);
    server.started[0]!.settled();
    server.call();
    server.call();
    expect(server.started.map(({ id }) => id)).toEqual([1, 2, 4]);
  });

  it.each<[string, (call: ServerCall) => void]>([
    ['a reply', (call) => call.reply(1)],
    ['an end', (call) => call.end()],
    ['a failure', (call) => call.fail(new Error('late'))],
    ['each of them', (call) => [call.reply(1), call.end(), call.fail(new Error()), call.settled()]],
  ])('takes %s that comes too late for the end of the handler, once', (_, finish) => {
    const server = new Server({ maxCallsInFlight: 2 });
    for (let i = 0; i < 2; i++) server.cancel(server.call());
    finish(server.started[0]!);
    server.call();
    server.call();
    expect(server.started).toHaveLength(3);
  });

  it('counts a call whose deadline has passed until its handler is done', () => {
    const server = new Server({ maxCallsInFlight: 1 });
    server.call({ timeout: 10 });
    server.clock.advance(10);
    server.call();
    server.started[0]!.settled();
    server.call();
    expect(server.failures).toEqual([
      [1, ErrorCode.DEADLINE_EXCEEDED],
      [2, exhausted],
    ]);
    expect(server.started.map(({ id }) => id)).toEqual([1, 3]);
  });

  it('does not count a cancelled call that had not begun', () => {
    const server = new Server({ maxCallsInFlight: 2 }, { order: 'serial' });
    server.call();
    server.cancel(server.call());
    server.call();
    server.started[0]!.reply(1);
    expect(server.started.map(({ id }) => id)).toEqual([1, 3]);
    expect(server.failures).toEqual([]);
  });

  it('counts an event until its handlers are done, and refuses it with its failure', () => {
    const server = new Server({ maxCallsInFlight: 1 });
    server.handler.work = (call) => call.acknowledge();
    server.call({ event: true });
    server.call({ event: true });
    expect(server.failures).toEqual([[2, exhausted]]);
    server.started[0]!.done();
    server.call({ event: true });
    expect(server.started).toHaveLength(2);
  });

  it('tells of an event that nobody waits for', () => {
    const server = new Server({ maxCallsInFlight: 1 });
    for (let i = 0; i < 3; i++) server.call({ id: 0, event: true, silent: true });
    const dropped = ['r', expect.any(ResourceExhaustedError)];
    expect(server.handler.droppedEvents).toEqual([dropped, dropped]);
    expect(server.link.sent).toEqual([]);
  });

  it('refuses in turn where replies have no ids, and cuts a peer that has as many refusals waiting', () => {
    const server = new Server({ maxCallsInFlight: 2 }, { contract: { withoutIds: true } });
    for (let i = 0; i < 4; i++) server.call();
    expect(server.link.sent).toEqual([]);
    expect(server.link.destroyedBy).toBeUndefined();
    server.call();
    expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
    for (const call of [...server.started]) call.reply(1);
    expect(server.link.sent.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(server.failures).toEqual([
      [3, exhausted],
      [4, exhausted],
    ]);
  });

  it('is off with 0', () => {
    const server = new Server({ maxCallsInFlight: 0 });
    for (let i = 0; i < 5_000; i++) server.call();
    expect(server.started).toHaveLength(5_000);
  });
});

describe('cancelBurst', () => {
  it('closes the connection of a peer that asks and cancels all the time', () => {
    const server = new Server({ cancelBurst: 10, cancelRate: 0 });
    server.handler.work = () => undefined;
    for (let i = 0; i < 10; i++) server.cancel(server.call());
    expect(server.link.destroyedBy).toBeUndefined();
    server.cancel(server.call());
    expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
  });

  it('is met by nobody who lets as many calls come to their end', () => {
    const server = new Server({ cancelBurst: 10, cancelRate: 0 });
    for (let i = 0; i < 1_000; i++) {
      server.cancel(server.call());
      server.call();
      server.started.at(-1)!.reply(1);
      server.started.at(-2)!.settled();
    }
    expect(server.link.destroyedBy).toBeUndefined();
  });

  it('is met by nobody whose Cancels come late', () => {
    const server = new Server({ cancelBurst: 1, cancelRate: 0 });
    for (let i = 0; i < 100; i++) {
      const id = server.call();
      server.started.at(-1)!.reply(1);
      server.cancel(id);
    }
    expect(server.link.destroyedBy).toBeUndefined();
  });

  it.each<[string, (server: Server) => void]>([
    ['after their time', ({ clock }) => clock.advance(100)],
    ['after their time, although the timer has not run', ({ clock }) => clock.passSilently(100)],
    ['a little before, since the request was longer underway', ({ clock }) => clock.advance(98)],
    ['when half of their time has passed', ({ clock }) => clock.advance(50)],
  ])('is met by nobody whose calls time out: Cancels that come %s', (_, wait) => {
    const server = new Server({ cancelBurst: 1, cancelRate: 0 });
    for (let i = 0; i < 100; i++) {
      const id = server.call({ timeout: 100 });
      wait(server);
      server.cancel(id);
    }
    expect(server.link.destroyedBy).toBeUndefined();
  });

  it('is not met by calls that time out while they wait for their turn', () => {
    const server = new Server({ cancelBurst: 1, cancelRate: 0 }, { order: 'serial' });
    server.call();
    for (let i = 0; i < 100; i++) {
      const id = server.call({ timeout: 100 });
      server.clock.advance(99);
      server.cancel(id);
    }
    expect(server.link.destroyedBy).toBeUndefined();
  });

  it.each([
    [1, 0],
    [100, 49],
  ])('is spent by Cancels of calls with a timeout of %d ms after %d ms', (timeout, after) => {
    const server = new Server({ cancelBurst: 10, cancelRate: 0 });
    for (let i = 0; i < 11; i++) {
      expect(server.link.destroyedBy).toBeUndefined();
      const id = server.call({ timeout });
      server.clock.advance(after);
      server.cancel(id);
    }
    expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
  });

  it('comes back once with a call, however it ended', () => {
    const server = new Server({ cancelBurst: 10, cancelRate: 0 });
    // The first finds the budget full, and has nothing to give back.
    for (let i = 0; i < 9; i++) {
      const id = server.call({ timeout: 100 });
      server.clock.advance(99);
      for (let cancels = 0; cancels < 2; cancels++) server.cancel(id);
      expect(server.link.destroyedBy).toBeUndefined();
    }
    server.cancel(server.call());
    expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
  });

  it('is spent by Cancels for calls that were refused, or never made', () => {
    const server = new Server({ cancelBurst: 10, cancelRate: 0, maxCallsInFlight: 1 });
    for (let i = 0; i < 11; i++) server.cancel(i % 2 === 0 ? server.call() : 10_000 + i);
    expect(server.link.destroyedBy).toBeInstanceOf(ResourceExhaustedError);
  });
});

describe('maxPatternLength', () => {
  it.each([
    ['ASCII', 'a', 30, 31],
    ['two bytes each', 'ü', 15, 16],
    ['three bytes each', '€', 10, 11],
    ['four bytes each', '𝄞', 7, 8],
  ])('is in bytes: %s', (_, character, longest, tooLong) => {
    const server = new Server({ maxPatternLength: 30 });
    server.call({ route: character.repeat(longest) });
    server.call({ route: character.repeat(tooLong) });
    expect(server.started).toHaveLength(1);
    expect(server.failures).toEqual([[2, ErrorCode.INVALID_REQUEST]]);
    expect(JSON.stringify(server.link.sent[0]!.status)).not.toContain(character.repeat(tooLong));
  });

  it('is told of for an event that nobody waits for', () => {
    const server = new Server({ maxPatternLength: 3 });
    server.call({ id: 0, event: true, silent: true, route: 'four' });
    expect(server.handler.droppedEvents).toEqual([['four', expect.any(InvalidRequestError)]]);
  });

  it('is off with 0', () => {
    const server = new Server({ maxPatternLength: 0 });
    server.call({ route: 'a'.repeat(100_000) });
    expect(server.started).toHaveLength(1);
  });
});

describe('maxSendBufferSize, for replies that wait for those before them', () => {
  const kilobyte = Buffer.alloc(1_000);

  it('fails the call of one too many, and answers the others in their order', () => {
    const server = new Server({ maxSendBufferSize: 2_500 }, { order: 'ordered' });
    for (let i = 0; i < 5; i++) server.call();
    for (const call of server.started.slice(1)) call.reply(kilobyte);
    expect(server.link.sent).toEqual([]);
    server.started[0]!.reply(1);
    expect(server.link.sent.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(server.failures).toEqual([
      [4, exhausted],
      [5, exhausted],
    ]);
  });

  it('counts no more what has left, or was cancelled', () => {
    const server = new Server({ maxSendBufferSize: 2_500 }, { order: 'ordered' });
    for (let round = 0; round < 10; round++) {
      const ids = [server.call(), server.call(), server.call()];
      const [first, ...others] = server.started.slice(-3);
      for (const call of others) call.reply(kilobyte);
      if (round % 2 === 0) server.cancel(ids[1]!);
      first!.reply(1);
    }
    expect(server.failures).toEqual([]);
  });
});

describe('a deadline', () => {
  it.each<[string, Partial<Message>]>([
    ['call', {}],
    ['event', { event: true }],
  ])('of 0 starts no %s', (_, message) => {
    const server = new Server({});
    server.call({ ...message, timeout: 0 });
    expect(server.started).toEqual([]);
    expect(server.failures).toEqual([[1, ErrorCode.DEADLINE_EXCEEDED]]);
    expect(server.clock.pending).toBe(0);
  });

  it.each([
    ['when its turn comes in a serial lane', false],
    ['although its timer has not run', true],
  ])('that has passed starts nothing %s', (_, late) => {
    const server = new Server({ maxCallsInFlight: 2 }, { order: 'serial' });
    server.call();
    server.call({ timeout: 100 });
    // The event loop did not turn, so no timer could run.
    if (late) server.clock.passSilently(100);
    else server.clock.advance(100);
    server.started[0]!.reply(1);
    expect(server.started).toHaveLength(1);
    expect(server.failures).toEqual([[2, ErrorCode.DEADLINE_EXCEEDED]]);
    for (let i = 0; i < 2; i++) server.call();
    expect(server.failures).toHaveLength(1);
    expect(server.responder.inFlightCount).toBe(2);
  });
});

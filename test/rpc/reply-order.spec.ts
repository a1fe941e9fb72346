import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ErrorCode, HANDLER_FAILED } from '../../lib/errors/index.js';
import type { Ordering, ReplyOrder, ServerCall } from '../../lib/rpc/index.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeHandler } from '../support/fake-handler.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { Wired } from '../support/wired.js';

interface Sent {
  readonly id: number;
  readonly lane: string | undefined;
  readonly serial: boolean;
  readonly reply: RecordedReply;
}

/** What a handler still has to say: so many items of a stream and its end; or one reply; or a failure. */
type Script = { items: number; as: 'stream' } | { items: 0; as: 'reply' | 'failure' };

const script = fc.oneof(
  fc.record({ items: fc.nat(3), as: fc.constant('stream' as const) }),
  fc.record({ items: fc.constant(0 as const), as: fc.constantFrom('reply' as const, 'failure' as const) }),
);

type Step = { is: 'request'; route: string; key: number; script: Script } | { is: 'answer'; pick: number };

const stepOf = (routes: string[]): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.record({ is: fc.constant('request' as const), route: fc.constantFrom(...routes), key: fc.nat(2), script }),
    fc.record({ is: fc.constant('answer' as const), pick: fc.nat(30) }),
  );

/** Runs handlers in any order against `order`, and looks at what leaves the server. */
class Play {
  readonly handler: FakeHandler;
  readonly wired: Wired;
  readonly sent: Sent[] = [];
  private readonly scripts = new Map<number, Script>();
  private readonly left = new Map<ServerCall, number>();

  constructor(
    orderOf: (route: string) => Ordering,
    private readonly laneOf: (route: string, key: number) => { lane: string | undefined; serial: boolean },
  ) {
    this.handler = new FakeHandler(orderOf);
    this.wired = new Wired(this.handler);
  }

  take(step: Step): void {
    if (step.is === 'answer') {
      const running = this.handler.started.filter(({ isOpen }) => isOpen);
      if (running.length > 0) this.answer(running[step.pick % running.length]!);
    } else {
      const reply = new RecordedReply();
      const { id } = this.wired.requester.call({ route: step.route, body: step.key, options: {} }, reply);
      this.scripts.set(Number(id), step.script);
      this.sent.push({ id: Number(id), reply, ...this.laneOf(step.route, step.key) });
      this.wired.deliverAll();
    }
  }

  /** Lets every handler have its say, the youngest first, which is the hardest for an order. */
  finish(): void {
    for (;;) {
      const running = this.handler.started.filter(({ isOpen }) => isOpen);
      if (running.length === 0) return;
      this.answer(running.at(-1)!);
    }
  }

  /** The ids of a lane's messages, as they left. */
  leftOf(lane: string): number[] {
    const inLane = new Set(this.sent.filter((each) => each.lane === lane).map(({ id }) => id));
    return this.wired.serverLink.sent.map(({ id }) => Number(id)).filter((id) => inLane.has(id));
  }

  get laneNames(): string[] {
    return [...new Set(this.sent.map(({ lane }) => lane))].filter((lane) => lane !== undefined);
  }

  assertOneAtATimeInSerialLanes(): void {
    const running = this.handler.started.filter(({ isOpen }) => isOpen).map(({ id }) => Number(id));
    for (const name of this.laneNames) {
      const inLane = this.sent.filter(({ lane, serial, id }) => serial && lane === name && running.includes(id));
      expect(inLane.length).toBeLessThanOrEqual(1);
    }
  }

  private answer(call: ServerCall): void {
    const said = this.left.get(call) ?? 0;
    const { as, items } = this.scripts.get(Number(call.id))!;
    this.left.set(call, said + 1);
    if (as === 'reply') call.reply(call.id);
    else if (as === 'failure') call.failWith({ code: HANDLER_FAILED, message: '', details: call.id });
    else if (said < items) call.next(said);
    else call.end();
    this.wired.deliverAll();
  }

  assertAllAnswered(): void {
    for (const { id, reply } of this.sent) {
      const { as, items } = this.scripts.get(id)!;
      expect(reply.ends).toHaveLength(1);
      expect(reply.late).toEqual([]);
      if (as === 'failure') expect(reply.failure).toBe(id);
      else expect(reply.items).toEqual(as === 'reply' ? [id] : Array.from({ length: items }, (_, i) => i));
    }
    expect(this.wired.responder.inFlightCount).toBe(0);
    expect(this.wired.requester.inFlightCount).toBe(0);
  }
}

const server =
  (order: ReplyOrder): ((route: string) => Ordering) =>
  () => ({ order, scope: 'server' });
const byKey = (each?: 'ordered' | 'serial'): ReplyOrder => ({ key: (data) => data as number, ...(each && { each }) });

const orders: [name: string, play: () => Play][] = [
  ['concurrent', () => new Play(server('concurrent'), () => ({ lane: undefined, serial: false }))],
  ['ordered', () => new Play(server('ordered'), () => ({ lane: 'all', serial: false }))],
  ['serial', () => new Play(server('serial'), () => ({ lane: 'all', serial: true }))],
  ['by key', () => new Play(server(byKey()), (_, key) => ({ lane: `key ${key}`, serial: false }))],
  ['serial by key', () => new Play(server(byKey('serial')), (_, key) => ({ lane: `key ${key}`, serial: true }))],
  [
    'different for each scope',
    () =>
      new Play(
        (route) => ({ order: route === 'a' ? 'ordered' : route === 'b' ? 'serial' : byKey('serial'), scope: route }),
        (route, key) => ({ lane: route === 'c' ? `c ${key}` : route, serial: route !== 'a' }),
      ),
  ],
];

describe('ReplyOrder', () => {
  it.each(orders)('%s: holds whatever order the handlers settle in', (_, newPlay) => {
    fc.assert(
      fc.property(fc.array(stepOf(['a', 'b', 'c']), { maxLength: 40 }), (steps) => {
        const play = newPlay();
        for (const step of steps) {
          play.take(step);
          play.assertOneAtATimeInSerialLanes();
        }
        play.finish();
        play.assertAllAnswered();
        for (const lane of play.laneNames) {
          // Whole replies, streams too, one behind another: the ids only rise.
          const ids = play.leftOf(lane);
          expect(ids).toEqual([...ids].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('concurrent lets every reply leave as it is ready', () => {
    const handler = new FakeHandler('concurrent');
    const wired = new Wired(handler);
    for (let i = 0; i < 3; i++) wired.requester.call({ route: 'r', body: i, options: {} }, new RecordedReply());
    wired.deliverAll();
    for (const call of [...handler.started].reverse()) call.reply(1);
    expect(wired.serverLink.sent.map(({ id }) => id)).toEqual([3, 2, 1]);
  });

  it('ordered starts all handlers at once', () => {
    const handler = new FakeHandler('ordered');
    const wired = new Wired(handler);
    for (let i = 0; i < 3; i++) wired.requester.call({ route: 'r', body: i, options: {} }, new RecordedReply());
    wired.deliverAll();
    expect(handler.started).toHaveLength(3);
  });

  it.each([
    ['keys', byKey('serial'), byKey('serial'), 'same', [1, 2]],
    ['scopes', 'serial', 'serial', 'other', [1, 1]],
    ['scopes with equal keys', byKey('serial'), byKey('serial'), 'other', [1, 1]],
  ] as const)('keeps %s apart', (_, first, second, scope, bodies) => {
    const handler = new FakeHandler((route) => ({
      order: route === 'first' ? first : second,
      scope: scope === 'same' ? 'server' : route,
    }));
    const wired = new Wired(handler);
    wired.requester.call({ route: 'first', body: bodies[0], options: {} }, new RecordedReply());
    wired.requester.call({ route: 'second', body: bodies[1], options: {} }, new RecordedReply());
    wired.deliverAll();
    expect(handler.started).toHaveLength(2);
  });

  it('leaves a call without a key alone', () => {
    const handler = new FakeHandler(server({ key: () => undefined, each: 'serial' }));
    const wired = new Wired(handler);
    for (let i = 0; i < 3; i++) wired.requester.call({ route: 'r', body: i, options: {} }, new RecordedReply());
    wired.deliverAll();
    handler.started[2]!.reply(1);
    expect(wired.serverLink.sent.map(({ id }) => id)).toEqual([3]);
  });

  it('shows the key function the payload, the pattern and the metadata', () => {
    const seen: unknown[] = [];
    const wired = new Wired(new FakeHandler(server({ key: (...args) => seen.push(args) })));
    wired.requester.call({ route: 'r', body: { a: 1 }, options: { metadata: { tenant: 'x' } } }, new RecordedReply());
    wired.deliverAll();
    expect(seen).toEqual([[{ a: 1 }, { pattern: 'r', metadata: { tenant: 'x' } }]]);
  });

  const thrower = (): never => {
    throw new Error('no key');
  };
  // As it may come from a peer's JSON, where no method is what it seems.
  const unprintable = (): string => ({ toString: 1, valueOf: 1 }) as unknown as string;

  it.each([
    ['throws', thrower],
    ['answers what cannot be a key', unprintable],
  ])('fails the call, and no other, whose key function %s', (_, key) => {
    const handler = new FakeHandler(server({ key }));
    const wired = new Wired(handler);
    const reply = new RecordedReply();
    wired.requester.call({ route: 'r', body: 1, options: {} }, reply);
    wired.deliverAll();
    expect(handler.started).toEqual([]);
    expect(reply.ends).toHaveLength(1);
    expect(reply.isCompleted).toBe(false);
    expect(wired.responder.inFlightCount).toBe(0);
  });

  it.each(['ordered', 'serial'] as const)(
    '%s: releases 20,000 calls at once without overflowing the stack',
    (order) => {
      const handler = new FakeHandler(order);
      const wired = new Wired(handler, { maxCallsInFlight: 0 });
      // In a serial lane the first holds back the start of the others, which then answer as soon as they start.
      handler.work = (call) => {
        if (call.id !== 1) call.reply(call.id);
      };
      const count = 20_000;
      for (let id = 1; id <= count; id++) wired.responder.receive({ id, code: ControlCode.Normal, route: 'r' }, 10);
      expect(wired.serverLink.sent).toEqual([]);
      handler.started[0]!.reply(1);
      const ids = wired.serverLink.sent.map(({ id }) => id);
      expect(ids).toHaveLength(count);
      expect(ids.every((id, index) => id === index + 1)).toBe(true);
    },
  );

  it.each(['ordered', 'serial'] as const)('%s: 20,000 calls are given up at once with their connection', (order) => {
    const handler = new FakeHandler(order);
    const wired = new Wired(handler, { maxCallsInFlight: 0 });
    for (let id = 1; id <= 20_000; id++) wired.responder.receive({ id, code: ControlCode.Normal, route: 'r' }, 10);
    wired.drop();
    expect(wired.responder.inFlightCount).toBe(0);
    expect(handler.started.filter(({ isOpen }) => isOpen)).toEqual([]);
    expect(handler.started).toHaveLength(order === 'serial' ? 1 : 20_000);
  });

  it('ordered: a stream that is held back leaves whole before what comes after it', () => {
    const handler = new FakeHandler('ordered');
    const wired = new Wired(handler);
    for (let i = 0; i < 3; i++) wired.requester.call({ route: 'r', body: i, options: {} }, new RecordedReply());
    wired.deliverAll();
    const [first, stream, last] = handler.started;
    last!.reply('last');
    stream!.next('a');
    first!.failWith({ code: ErrorCode.NO_HANDLER, message: '' });
    stream!.next('b');
    stream!.end();
    expect(wired.serverLink.sent.map(({ id, body, code }) => [id, body ?? code])).toEqual([
      [1, ControlCode.Normal],
      [2, 'a'],
      [2, 'b'],
      [2, ControlCode.End],
      [3, 'last'],
    ]);
  });
});

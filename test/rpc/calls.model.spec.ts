import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Message } from '../../lib/contract/index.js';
import { ConnectionLostError, HANDLER_FAILED } from '../../lib/errors/index.js';
import {
  type ClientCall,
  ClientStreamingCall,
  type Ordering,
  type ReplyOrder,
  type ServerCall,
} from '../../lib/rpc/index.js';
import { ControlCode, type MessageId } from '../../lib/wire/index.js';
import { FakeHandler } from '../support/fake-handler.js';
import { RecordedReply } from '../support/recorded-reply.js';
import { Wired } from '../support/wired.js';

const { Cancel, End, Normal } = ControlCode;

interface Made {
  readonly call: ClientCall;
  readonly reply: RecordedReply;
  cancelled: boolean;
}

const orders: Record<string, ReplyOrder> = {
  concurrent: 'concurrent',
  ordered: 'ordered',
  serial: 'serial',
  key: { key: (data) => data as number, each: 'serial' },
};

/** A requester and a responder with random calls underway, and what must hold of them at all times. */
class World {
  readonly handler = new FakeHandler((route): Ordering => ({ order: orders[route]!, scope: route }));
  readonly wired = new Wired(this.handler);
  readonly made: Made[] = [];
  dropped = false;
  /** The calls of which the client has seen the last message. */
  private readonly sawLast = new Set<MessageId>();

  constructor() {
    this.handler.work = (call) => call.event && call.acknowledge();
    const { requester } = this.wired;
    const receive = requester.receive.bind(requester);
    requester.receive = (message: Message): void => {
      if (message.code === End || (message.code === Normal && !message.more && !message.status))
        this.sawLast.add(message.id);
      receive(message);
    };
  }

  get open(): ServerCall[] {
    return this.handler.started.filter(({ isOpen }) => isOpen);
  }

  /** Ends all that is still open, so that both sides come to rest. */
  rest(): void {
    for (;;) {
      this.wired.deliverAll();
      const [call] = this.open;
      if (!call) break;
      if (call.event) call.done();
      else call.end();
    }
  }

  /** Looked at after every command, so it is plain code: a thousand `expect` would take the time of all other tests. */
  assertSound(): void {
    const wrong: string[] = [];
    let open = 0;
    for (const { call, reply, cancelled } of this.made) {
      if (call.isOpen) open++;
      if (reply.ends.length !== (call.isOpen || cancelled ? 0 : 1))
        wrong.push(`${String(call.id)} ended ${reply.ends.length} times`);
      if (reply.late.length > 0) wrong.push(`${String(call.id)} brought ${reply.late.join()} after its end`);
      if (reply.isCompleted && !this.sawLast.has(call.id))
        wrong.push(`${String(call.id)} is complete without its last message`);
    }
    if (this.wired.requester.inFlightCount !== open) wrong.push(`${open} open, but not in flight`);
    if (this.wired.serverLink.destroyedBy) wrong.push('the connection was cut');
    if (this.dropped && this.open.some(({ event }) => !event)) wrong.push('a handler outlives the connection');
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  }

  assertAtRest(): void {
    expect(this.made.filter(({ call }) => call.isOpen)).toEqual([]);
    expect(this.wired.requester.inFlightCount).toBe(0);
    expect(this.wired.responder.inFlightCount).toBe(0);
    expect((this.wired.responder as unknown as { lanes: { size: number } }).lanes.size).toBe(0);
    expect(this.wired.clock.pending).toBe(0);
  }
}

/** What the commands need to know beforehand: whether there is anything to do it to. */
interface Model {
  calls: number;
  dropped: boolean;
}

type Command = fc.Command<Model, World>;

/** A command that does `act`; with `needsCall`, only where a call was made before. */
function command(name: string, act: (world: World, model: Model) => void, needsCall = true): Command {
  return {
    check: (model) => !needsCall || model.calls > 0,
    run(model, world) {
      act(world, model);
      world.assertSound();
    },
    toString: () => name,
  };
}

const route = fc.constantFrom(...Object.keys(orders));
const pick = fc.nat(100);
const oneOf = <T>(all: readonly T[], index: number): T | undefined => all[index % all.length];

const sends = fc
  .record({
    route,
    body: fc.nat(1),
    more: fc.boolean(),
    event: fc.boolean(),
    timeout: fc.option(fc.nat(50), { nil: undefined }),
  })
  .map(({ body, event, more, route, timeout }) =>
    command(
      `send(${JSON.stringify({ body, event, more, route, timeout })})`,
      ({ made, wired: { requester } }, model) => {
        const reply = new RecordedReply(timeout);
        const request = { route, body, options: { event } };
        const call = more && !event ? requester.stream(request, reply) : requester.call(request, reply);
        made.push({ call, reply, cancelled: false });
        model.calls++;
      },
      false,
    ),
  );

const toStream = ({ call }: Made, act: (stream: ClientStreamingCall) => void): void => {
  if (call instanceof ClientStreamingCall) act(call);
};

const clientActs: [string, (made: Made) => void][] = [
  [
    'cancel',
    (made) => {
      made.cancelled ||= made.call.isOpen;
      made.call.cancel();
    },
  ],
  ['abort', (made) => made.call.abort(new Error('aborted'))],
  ['send item', (made) => toStream(made, (stream) => stream.next('item'))],
  ['send End', (made) => toStream(made, (stream) => stream.end())],
  ['source fails', (made) => toStream(made, (stream) => stream.fail(new Error('source')))],
];

const serverActs: [string, (call: ServerCall) => void][] = [
  ['reply', (call) => call.reply('reply')],
  ['item', (call) => call.next('item')],
  ['End', (call) => call.end()],
  ['fail', (call) => call.failWith({ code: HANDLER_FAILED, message: '', details: 'thrown' })],
  ['unserialisable', (call) => call.reply(1n)],
  ['done', (call) => call.done()],
];

/** Frames that only a confused peer sends. */
const strays: [string, (id: MessageId) => Message][] = [
  ['request', (id) => ({ id, code: Normal, route: 'ordered', body: 'again' })],
  ['stream', (id) => ({ id, code: Normal, route: 'serial', more: true })],
  ['item', (id) => ({ id, code: Normal, body: 'stray', more: true })],
  ['bare', (id) => ({ id, code: Normal })],
  ['failure', (id) => ({ id, code: Normal, status: { code: 'X', message: '' } })],
  ['Cancel', (id) => ({ id, code: Cancel })],
  ['End', (id) => ({ id, code: End })],
];

const commands = [
  sends,
  sends,
  fc
    .tuple(pick, fc.constantFrom(...clientActs))
    .map(([index, [name, act]]) => command(`client: ${name} ${index}`, (world) => act(oneOf(world.made, index)!))),
  fc.tuple(pick, fc.constantFrom(...serverActs)).map(([index, [name, act]]) =>
    command(`server: ${name} ${index}`, (world) => {
      const call = oneOf(world.handler.started, index);
      // Only an event's handlers are done without having answered.
      if (call && (name !== 'done' || call.event)) act(call);
    }),
  ),
  fc.tuple(pick, fc.boolean(), fc.constantFrom(...strays)).map(([index, toServer, [name, make]]) =>
    command(`stray ${name} ${index} to ${toServer ? 'server' : 'client'}`, (world) => {
      if (world.dropped) return;
      const message = make(oneOf(world.made, index)!.call.id);
      if (toServer) world.wired.responder.receive(message, 10);
      else world.wired.requester.receive(message);
    }),
  ),
  fc.nat(6).map((count) =>
    command(`server receives ${count}`, ({ wired }) => {
      for (let i = 0; i < count; i++) wired.serverReceives();
    }),
  ),
  fc.nat(6).map((count) =>
    command(`client receives ${count}`, ({ wired }) => {
      for (let i = 0; i < count; i++) wired.clientReceives();
    }),
  ),
  fc.nat(40).map((ms) => command(`tick ${ms}`, ({ wired }) => wired.clock.advance(ms))),
  fc.constant(command('drain', ({ wired }) => void wired.responder.drain())),
  fc.constant(
    command('drop', (world, model) => {
      if (model.dropped) return;
      model.dropped = true;
      world.dropped = true;
      const open = world.made.filter(({ call }) => call.isOpen);
      world.wired.drop(new Error('reset'));
      for (const { reply } of open) expect(reply.failure).toBeInstanceOf(ConnectionLostError);
    }),
  ),
];

describe('calls', () => {
  it('settle exactly once and leave nothing behind, whatever happens to them', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (cmds) => {
        const world = new World();
        fc.modelRun(() => ({ model: { calls: 0, dropped: false }, real: world }), cmds);
        world.rest();
        world.assertSound();
        world.assertAtRest();
      }),
      { numRuns: 1_500 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Message } from '../../lib/contract/index.js';
import { UnavailableError } from '../../lib/errors/index.js';
import { type ClientCall, Requester, Responder, type ServerCall } from '../../lib/rpc/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeHandler } from '../support/fake-handler.js';
import { FakeLink } from '../support/fake-link.js';
import { RecordedReply } from '../support/recorded-reply.js';

/** A connection that keeps what is sent until it is flushed, and what is flushed until it is let arrive. */
class Wire {
  readonly clock = new FakeClock();
  readonly requester: Requester;
  readonly responder: Responder;
  isLost = false;
  isDraining = false;
  private readonly clientLink = new FakeLink();
  private readonly gathered: Message[] = [];
  private readonly toServer: Message[] = [];
  private readonly toClient: Message[] = [];

  constructor(handler: FakeHandler, onHandedBack: NonNullable<Requester['onHandedBack']>) {
    const serverLink = new FakeLink();
    this.clientLink.flushing = false;
    this.clientLink.deliver = (message) => this.gathered.push(message);
    serverLink.deliver = (message) => this.toClient.push(message);
    this.requester = new Requester(this.clientLink, 1_000, this.clock);
    this.requester.onHandedBack = onHandedBack;
    this.responder = new Responder(serverLink, handler, 1_000, this.clock);
  }

  flush(): void {
    if (this.isLost || this.gathered.length === 0) return;
    this.clientLink.flushes++;
    this.toServer.push(...this.gathered.splice(0));
  }

  serverReceives(): boolean {
    const message = this.toServer.shift();
    if (message) this.responder.receive(message, 10);
    return message !== undefined;
  }

  clientReceives(): boolean {
    const message = this.toClient.shift();
    if (message) this.requester.receive(message);
    return message !== undefined;
  }

  drain(): void {
    this.isDraining = true;
    void this.responder.drain();
  }

  /** What is underway to the server may still arrive; nothing comes back. */
  lose(arriving: number): void {
    if (this.isLost) return;
    this.isLost = true;
    for (let i = 0; i < arriving; i++) this.serverReceives();
    this.toServer.length = 0;
    this.toClient.length = 0;
    this.requester.closed(new Error('reset'));
    this.responder.closed(undefined);
  }
}

/** `no` is the caller's own, of a handler that is marked. */
type Says = 'the caller' | 'the server' | 'no' | 'nobody';

interface Made {
  readonly id: number;
  /** Who has said that it may run twice, if anybody has. */
  readonly says: Says;
  readonly call: ClientCall;
  readonly reply: RecordedReply;
  cancelled: boolean;
}

/** A client that goes from connection to connection. */
class World {
  readonly handler = new FakeHandler();
  readonly made: Made[] = [];
  readonly wires: Wire[] = [];
  /** Handed back, and not sent again yet. */
  readonly waiting: ClientCall[] = [];
  private readonly executed: number[] = [];

  constructor() {
    this.handler.work = ({ body }) => this.executed.push(body as number);
  }

  get wire(): Wire {
    const current = this.wires.at(-1);
    if (current && !current.isLost && !current.isDraining) return current;
    const wire: Wire = new Wire(this.handler, (call, error) => {
      if (error instanceof UnavailableError && !wire.isDraining) return false;
      this.waiting.push(call);
      return true;
    });
    this.wires.push(wire);
    return wire;
  }

  send(says: Says): void {
    const id = this.made.length;
    const reply = new RecordedReply();
    const route = says === 'the caller' || says === 'nobody' ? 'r' : 'marked';
    const idempotent = says === 'the caller' ? true : says === 'no' ? false : undefined;
    const call = this.wire.requester.call({ route, body: id, options: { idempotent } }, reply);
    this.made.push({ id, says, call, reply, cancelled: false });
  }

  adopt(): void {
    const call = this.waiting.shift();
    if (call) this.wire.requester.adopt(call);
  }

  rest(): void {
    const open = (): ServerCall[] => this.handler.started.filter(({ isOpen }) => isOpen);
    for (let moved = true; moved;) {
      moved = this.waiting.length > 0;
      while (this.waiting.length > 0) this.adopt();
      for (const wire of this.wires) {
        wire.flush();
        while (wire.serverReceives() || wire.clientReceives()) moved = true;
      }
      for (const call of open()) {
        call.reply('done');
        moved = true;
      }
    }
  }

  assertSound(): void {
    const wrong: string[] = [];
    for (const { id, says, call, cancelled, reply } of this.made) {
      const runs = this.executed.filter((each) => each === id).length;
      if (runs > 1 && says !== 'the caller' && says !== 'the server') wrong.push(`${id} ran ${runs} times`);
      if (reply.isCompleted && runs === 0) wrong.push(`${id} is complete, and has not run`);
      if (reply.ends.length > 1) wrong.push(`${id} ended twice`);
      if (reply.late.length > 0) wrong.push(`${id} brought ${reply.late.join()} after its end`);
      if (!cancelled && call.isOpen === reply.ends.length > 0) wrong.push(`${id} is open, and has ended; or neither`);
    }
    expect(wrong).toEqual([]);
  }

  assertAtRest(): void {
    expect(this.made.filter(({ call }) => call.isOpen)).toEqual([]);
    expect(
      this.wires.filter(({ requester, responder }) => requester.inFlightCount + responder.inFlightCount > 0),
    ).toEqual([]);
  }
}

const pick = fc.nat(100);
const oneOf = <T>(all: readonly T[], index: number): T | undefined => all[index % all.length];

type Act = (world: World) => void;
const acts: fc.Arbitrary<[name: string, act: Act]> = fc.oneof(
  fc
    .constantFrom<Says>('the caller', 'the server', 'no', 'nobody')
    .map((says): [string, Act] => [`send ${says}`, (world) => world.send(says)]),
  pick.map((i): [string, Act] => [
    `hear of ${i}`,
    ({ wires }) => oneOf(wires, i)?.requester.idempotentRoutes.add('marked'),
  ]),
  pick.map((i): [string, Act] => [`flush ${i}`, ({ wires }) => oneOf(wires, i)?.flush()]),
  pick.map((i): [string, Act] => [`server receives ${i}`, ({ wires }) => oneOf(wires, i)?.serverReceives()]),
  pick.map((i): [string, Act] => [`client receives ${i}`, ({ wires }) => oneOf(wires, i)?.clientReceives()]),
  pick.map((i): [string, Act] => [`reply ${i}`, ({ handler }) => oneOf(handler.started, i)?.reply('reply')]),
  pick.map((i): [string, Act] => [`item ${i}`, ({ handler }) => oneOf(handler.started, i)?.next('item')]),
  pick.map((i): [string, Act] => [
    `cancel ${i}`,
    ({ made }) => {
      const each = oneOf(made, i);
      if (!each) return;
      each.cancelled ||= each.call.isOpen;
      each.call.cancel();
    },
  ]),
  pick.map((i): [string, Act] => [`drain ${i}`, ({ wires }) => oneOf(wires, i)?.drain()]),
  fc.tuple(pick, fc.nat(3)).map(([i, n]): [string, Act] => [`lose ${i} ${n}`, ({ wires }) => oneOf(wires, i)?.lose(n)]),
  fc.constant<[string, Act]>(['adopt', (world) => world.adopt()]),
);

describe('calls that are handed back', () => {
  it('end once, and run once unless they are idempotent, whatever happens to their connections', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 60, size: 'max' }), (all) => {
        const world = new World();
        for (const [, act] of all) act(world);
        world.assertSound();
        world.rest();
        world.assertSound();
        world.assertAtRest();
      }),
      { numRuns: 2_000 },
    );
  });
});

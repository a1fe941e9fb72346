import { describe, expect, it } from '@jest/globals';

import type { Connection } from '../../lib/connection/index.js';
import {
  builtInContract,
  type Contract,
  GOING_AWAY,
  idempotentRoute,
  type Message,
  PING,
  PONG,
} from '../../lib/contract/index.js';
import { MessageTooLargeError } from '../../lib/errors/index.js';
import { defaultKeepalive } from '../../lib/session/index.js';
import { Peer } from '../../lib/session/peer.js';
import { ControlCode } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake-clock.js';

class World {
  readonly sent: Message[] = [];
  readonly clock = new FakeClock();
  readonly connection = {
    isOpen: true,
    hasRoom: true,
    socket: { bytesRead: 0, bytesWritten: 0, writableLength: 0 },
    send: (message: Message) => this.sent.push(message),
  };
  goneAway = 0;
  readonly idempotent: string[] = [];
  /** How many routes it had named each time. */
  readonly hasSpokenAfter: number[] = [];
  readonly peer: Peer;

  constructor(contract: Contract = builtInContract()) {
    this.peer = new Peer(
      this.connection as unknown as Connection,
      { contract, keepalive: defaultKeepalive },
      {
        isBusy: () => false,
        goingAway: () => this.goneAway++,
        idempotent: (route) => this.idempotent.push(route),
        spoken: () => this.hasSpokenAfter.push(this.idempotent.length),
      },
      this.clock,
    );
  }
}

describe('Peer', () => {
  it('says hello by a ping, and goes away once', () => {
    const { peer, sent } = new World();
    peer.hello();
    peer.sayGoingAway();
    peer.sayGoingAway();
    expect(sent).toEqual([PING, GOING_AWAY]);
  });

  it('has spoken once it shows that it knows these messages', () => {
    const { hasSpokenAfter, peer } = new World();
    peer.hears(idempotentRoute('get'));
    expect(hasSpokenAfter).toEqual([]);
    peer.hears(PONG);
    expect(hasSpokenAfter).toEqual([1]);
  });

  it('answers a ping, and no pong', () => {
    const { peer, sent } = new World();
    expect([peer.hears(PING), peer.hears(PONG)]).toEqual([true, true]);
    expect(sent).toEqual([PONG]);
  });

  it('gathers no answers for a peer that does not read', () => {
    const world = new World();
    world.connection.hasRoom = false;
    for (let i = 0; i < 1_000; i++) world.peer.hears(PING);
    expect(world.sent).toEqual([]);
  });

  it.each([
    ['ping', PING],
    ['pong', PONG],
  ])('knows a peer by its %s, and watches it from then on', (_, message) => {
    const { clock, peer } = new World();
    expect([peer.isKnown, clock.pending]).toEqual([false, 0]);
    peer.hears(message);
    peer.hears(message);
    expect([peer.isKnown, clock.pending]).toEqual([true, 1]);
    peer.closed();
    expect(clock.pending).toBe(0);
  });

  it('is told that the other side goes away', () => {
    const world = new World();
    expect(world.peer.hears(GOING_AWAY)).toBe(true);
    expect(world.goneAway).toBe(1);
  });

  it('is told which routes of the other side are idempotent, and takes that for no ping', () => {
    const { peer, idempotent, sent } = new World();
    expect([peer.hears(idempotentRoute('get')), peer.hears(idempotentRoute(''))]).toEqual([true, true]);
    expect([idempotent, sent, peer.isKnown]).toEqual([['get', ''], [], false]);
  });

  it.each(['is known', 'becomes known'])('says which routes are idempotent, once, to one that %s', (when) => {
    const { peer, sent } = new World();
    if (when === 'is known') peer.hears(PONG);
    peer.sayIdempotent(['get', 'list']);
    if (when === 'becomes known') {
      expect(sent).toEqual([]);
      peer.hears(PONG);
    }
    peer.hears(PONG);
    peer.sayIdempotent(['get', 'list']);
    expect(sent).toEqual([idempotentRoute('get'), idempotentRoute('list')]);
  });

  it('says so before it answers a ping', () => {
    const { peer, sent } = new World();
    peer.sayIdempotent(['get']);
    peer.hears(PING);
    expect(sent).toEqual([idempotentRoute('get'), PONG]);
  });

  it('leaves out a route that fits no message', () => {
    const world = new World();
    const { send } = world.connection;
    world.connection.send = (message) => {
      if (message.route === 'long') throw new MessageTooLargeError('It is too long');
      return send(message);
    };
    world.peer.sayIdempotent(['long', 'get']);
    world.peer.hears(PING);
    expect(world.sent).toEqual([idempotentRoute('get'), PONG]);
  });

  it('leaves messages of calls alone', () => {
    const { peer } = new World();
    expect(peer.hears({ id: 1, code: ControlCode.Cancel })).toBe(false);
    expect(peer.hears({ id: 0, code: ControlCode.Normal, route: 'event', silent: true })).toBe(false);
  });

  it('says and hears nothing in a contract without messages for it', () => {
    const { hasConnectionMessages: _, ...contract } = builtInContract();
    const { peer, sent } = new World(contract);
    peer.hello();
    peer.sayIdempotent(['get']);
    peer.sayGoingAway();
    // Id 0 is a call's there.
    const all = [PING, PONG, GOING_AWAY, idempotentRoute('get')];
    expect(all.map((message) => peer.hears(message))).toEqual([false, false, false, false]);
    expect([sent, peer.isKnown]).toEqual([[], false]);
  });

  it('says nothing on a connection that is closed', () => {
    const world = new World();
    world.connection.isOpen = false;
    world.peer.sayGoingAway();
    expect(world.sent).toEqual([]);
  });
});

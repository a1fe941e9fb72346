import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ConnectionLostError } from '../../lib/errors/index.js';
import { defaultKeepalive, Keepalive } from '../../lib/session/keepalive.js';
import { FakeClock } from '../support/fake-clock.js';
import { turn } from '../support/turn.js';

class World {
  readonly clock = new FakeClock();
  isBusy = false;
  /** It has sent something since the last look. */
  spoke = false;
  answers = true;
  readonly pings: number[] = [];
  readonly losses: { at: number; cause: Error }[] = [];
  /** By how many milliseconds timers ring early. */
  early = 0;
  readonly keepalive = new Keepalive(
    defaultKeepalive,
    {
      sawLife: () => {
        const { spoke } = this;
        this.spoke = false;
        return spoke;
      },
      isBusy: () => this.isBusy,
      ping: () => {
        this.pings.push(this.now);
        if (this.answers) this.spoke = true;
      },
      lost: (cause) => {
        this.losses.push({ at: this.now, cause });
        this.keepalive.stop();
      },
    },
    {
      now: () => this.clock.now(),
      turn: () => this.clock.turn(),
      after: (delay, run) => this.clock.after(delay - this.early, run),
    },
  );
  private readonly began = this.clock.now();

  get now(): number {
    return this.clock.now() - this.began;
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(1_000);
      await Promise.resolve();
      await Promise.resolve();
    }
  }
}

describe('Keepalive', () => {
  it('finds a dead peer no later where timers ring a little early, as Node has them', async () => {
    const world = new World();
    Object.assign(world, { early: 1, isBusy: true, answers: false });
    world.keepalive.start();
    await world.pass(20);
    expect(world.pings).toEqual([9_998]);
    expect(world.losses.map(({ at }) => at)).toEqual([20_000]);
  });

  it('asks a silent peer every 10 s while calls are in flight, and every 60 s while there are none', async () => {
    const busy = new World();
    busy.isBusy = true;
    busy.keepalive.start();
    await busy.pass(60);
    // The answer counts from when it was looked for, 5 s later.
    expect(busy.pings).toEqual([10_000, 25_000, 40_000, 55_000]);
    const idle = new World();
    idle.keepalive.start();
    await idle.pass(140);
    expect(idle.pings).toEqual([60_000, 125_000]);
    expect([...busy.losses, ...idle.losses]).toEqual([]);
  });

  it('asks nothing of a peer that speaks', async () => {
    const world = new World();
    world.isBusy = true;
    world.keepalive.start();
    for (let second = 0; second < 100; second++) {
      world.spoke = true;
      await world.pass(1);
    }
    expect(world.pings).toEqual([]);
  });

  it('gives up a peer that has not answered within 10 s', async () => {
    const world = new World();
    world.answers = false;
    world.isBusy = true;
    world.keepalive.start();
    await world.pass(30);
    expect(world.losses).toEqual([{ at: 20_000, cause: expect.any(ConnectionLostError) }]);
    expect(world.pings).toHaveLength(1);
    expect(world.clock.pending).toBe(0);
  });

  it('reads what has come meanwhile before it gives up', async () => {
    const world = new World();
    world.answers = false;
    world.isBusy = true;
    world.clock.turn = async () => {
      world.spoke = true;
    };
    world.keepalive.start();
    await world.pass(25);
    expect([world.pings.length, world.losses]).toEqual([1, []]);
  });

  // Whatever a connection was doing before: the promises of docs/options.md.
  it.each([
    ['25 s with calls in flight', true, 25_000],
    ['75 s without', false, 75_000],
  ])('finds a peer that fell silent within %s', async (_, isBusy, limit) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(70), { minLength: 1, maxLength: 4 }), async (silences) => {
        const world = new World();
        world.isBusy = isBusy;
        world.keepalive.start();
        let lastWord = 0;
        for (const silence of silences) {
          await world.pass(silence);
          world.spoke = true;
          lastWord = world.now;
        }
        await world.pass(silences[0]!);
        if (world.pings.length > 0) lastWord = Math.max(lastWord, world.pings.at(-1)!);
        // The black hole opens now.
        world.answers = false;
        await world.pass(80);
        expect(world.losses).toHaveLength(1);
        expect(world.losses[0]!.at - lastWord).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['before it has begun', 'while it watches', 'while it waits for an answer', 'while it judges'])(
    'stops for good %s',
    async (when) => {
      const world = new World();
      world.isBusy = true;
      world.answers = false;
      if (when !== 'before it has begun') world.keepalive.start();
      if (when === 'while it waits for an answer') await world.pass(15);
      if (when === 'while it judges') world.clock.advance(20_000);
      world.keepalive.stop();
      world.keepalive.start();
      await turn();
      await world.pass(100);
      expect([world.losses.length, world.clock.pending]).toEqual([0, 0]);
    },
  );
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Lanes, type Lined } from '../../lib/rpc/lane.js';

/** Leaves when it is both finished and first in line, as a call does. */
class Place implements Lined {
  place = 0;
  constructor(
    readonly number: number,
    private readonly log: string[],
    private readonly leave: (place: Place) => void,
  ) {}

  started = false;
  finished = false;
  head = false;

  start(): void {
    this.started = true;
    this.log.push(`start ${this.number}`);
  }

  becomeHead(): void {
    this.head = true;
    this.log.push(`head ${this.number}`);
    if (!this.started) this.start();
    if (this.finished) this.leave(this);
  }

  finish(): void {
    this.finished = true;
    if (this.head) this.leave(this);
  }
}

const KEY = 'key';

function lanesOf(serial: boolean): { lanes: Lanes<Place>; log: string[]; join: () => Place } {
  const lanes = new Lanes<Place>();
  const log: string[] = [];
  let count = 0;
  return {
    lanes,
    log,
    join() {
      const lane = lanes.get(KEY, serial);
      const place = new Place(++count, log, (leaving) => lanes.leave(lane, leaving));
      lane.join(place);
      return place;
    },
  };
}

describe('Lanes', () => {
  it('start at once what is ordered, and each in its turn what is serial', () => {
    const ordered = lanesOf(false);
    for (let i = 0; i < 3; i++) ordered.join();
    expect(ordered.log).toEqual(['start 1', 'head 1', 'start 2', 'start 3']);
    const serial = lanesOf(true);
    const places = [serial.join(), serial.join(), serial.join()];
    expect(serial.log).toEqual(['head 1', 'start 1']);
    places[0]!.finish();
    expect(serial.log).toEqual(['head 1', 'start 1', 'head 2', 'start 2']);
  });

  it('make everyone head once, in the order of coming, however they finish', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.nat(20), { maxLength: 60 }), (serial, choices) => {
        const { lanes, log, join } = lanesOf(serial);
        const places: Place[] = [];
        const unfinished = (): Place[] => places.filter(({ finished, started }) => started && !finished);
        for (const choice of choices) {
          if (choice < 10) places.push(join());
          else unfinished()[choice - 10]?.finish();
        }
        for (let [next] = unfinished(); next; [next] = unfinished()) next.finish();
        const heads = log.filter((entry) => entry.startsWith('head'));
        expect(heads).toEqual(places.map(({ number }) => `head ${number}`));
        expect(lanes.size).toBe(0);
      }),
    );
  });

  it('stay in order through thousands that come and go', () => {
    const { lanes, log, join } = lanesOf(true);
    const waiting = Array.from({ length: 100 }, join);
    for (let i = 0; i < 5_000; i++) {
      waiting.push(join());
      waiting.shift()!.finish();
    }
    for (const place of waiting) place.finish();
    const heads = log.filter((entry) => entry.startsWith('head'));
    expect(heads).toEqual(Array.from({ length: 5_100 }, (_, i) => `head ${i + 1}`));
    expect(lanes.size).toBe(0);
  });

  it('let go of one that leaves from the middle', () => {
    const { lanes, log, join } = lanesOf(true);
    const [first, second, third] = [join(), join(), join()];
    const lane = lanes.get(KEY, true);
    lanes.leave(lane, second);
    first.finish();
    expect(log.at(-1)).toBe('start 3');
    third.finish();
    expect(lanes.size).toBe(0);
  });

  it('are independent of each other, and gone when they are empty', () => {
    const lanes = new Lanes<Place>();
    const log: string[] = [];
    const [a, b] = ['a', 'b'].map((key, number) => {
      const lane = lanes.get(key, true);
      const place = new Place(number, log, (leaving) => lanes.leave(lane, leaving));
      lane.join(place);
      return place;
    });
    expect([a!.head, b!.head]).toEqual([true, true]);
    a!.finish();
    expect(lanes.size).toBe(1);
    b!.finish();
    expect(lanes.size).toBe(0);
  });
});

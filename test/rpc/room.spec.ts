import { describe, expect, it } from '@jest/globals';

import { Allowance, Room } from '../../lib/rpc/room.js';

describe('Room', () => {
  it('wakes all who wait, and not those who come after', async () => {
    const room = new Room();
    const woken: string[] = [];
    const wait = (who: string): Promise<unknown> => room.again(() => undefined).then(() => woken.push(who));
    const both = Promise.all([wait('a'), wait('b')]);
    room.open();
    const late = wait('c');
    await both;
    expect(woken).toEqual(['a', 'b']);
    room.open();
    await late;
  });

  it('wakes one alone, who is then waited for no more', async () => {
    const room = new Room();
    let wake = (): void => undefined;
    const again = room.again((it) => (wake = it));
    wake();
    await again;
    wake();
    room.open();
    expect(room.turns).toBe(1);
  });
});

describe('Allowance', () => {
  it('is spent to the byte, and given back when there is room', () => {
    const room = new Room();
    const allowance = new Allowance(room, 10);
    expect([allowance.spend(4), allowance.spend(6), allowance.spend(1)]).toEqual([true, true, false]);
    room.open();
    expect([allowance.spend(10), allowance.spend(1)]).toEqual([true, false]);
  });

  it('is each stream its own', () => {
    const room = new Room();
    const [one, other] = [new Allowance(room, 10), new Allowance(room, 10)];
    expect([one.spend(10), other.spend(10), one.spend(1), other.spend(1)]).toEqual([true, true, false, false]);
  });
});

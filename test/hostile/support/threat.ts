import { beforeEach, describe, it } from '@jest/globals';

import { protosocket, tcp } from '../../nest-tcp/support/transports.js';
import { isNest12 } from '../../nest-tcp/support/versions.js';
import { captureLog } from '../../support/app.js';
import { Arena } from './arena.js';
import { THREATS } from './threats.js';

type Attack = (arena: Arena) => Promise<void>;

/** Shows what this transport, and Nest's own over TCP, do about a threat; `docs/security.md` says it in the same words. */
export function threat(name: keyof typeof THREATS, attacks: { ours: Attack; tcp: Attack }): void {
  const { about, ours, tcp: theirs } = THREATS[name];
  describe(`${name}: ${about}`, () => {
    beforeEach(captureLog);
    it(`here: ${ours}`, () => run(new Arena(protosocket), attacks.ours));
    // Nest 11 is another story, and the suite runs on it as well.
    (isNest12 ? it : it.skip)(`Nest TCP: ${theirs}`, () => run(new Arena(tcp), attacks.tcp));
  });
}

async function run(arena: Arena, attack: Attack): Promise<void> {
  try {
    await attack(arena);
  } catch (error) {
    // What the attack says is worth more than what was left open because of it.
    await arena.close().catch(() => undefined);
    throw error;
  }
  await arena.close();
}

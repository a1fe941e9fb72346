import { beforeEach, describe, it } from '@jest/globals';

import { captureLog } from '../../support/app.js';
import { Bench } from './bench.js';
import { type NestTransport, protosocket, tcp } from './transports.js';

type Test = (bench: Bench) => Promise<void>;

/** One row of a table: something that Nest's TCP transport does, shown on it and on ours. */
export interface Behaviour {
  readonly behaviour: string;
  /** Where Nest's own tests, or its code, have it from. */
  readonly source: string;
  readonly test: Test;
  /** Where ours differs on purpose: what it does, and why. */
  readonly ours?: { readonly instead: string; readonly because: string; readonly test: Test };
  /** False where the installed version of Nest does not have what the row is about. */
  readonly available?: boolean;
  /** True where TCP has no such thing. */
  readonly onlyOurs?: boolean;
}

/** Shows a table: every row is a group, with a test on TCP and one on ours. */
export function behaviours(theme: string, rows: readonly Behaviour[]): void {
  describe(theme, () => {
    beforeEach(captureLog);
    describe.each(rows.map((row) => ({ name: `${row.behaviour} (${row.source})`, row })))('$name', ({ row }) => {
      const { available = true, onlyOurs = false, ours } = row;
      const show = available ? it : it.skip;
      if (!onlyOurs) show('on TCP', () => run(tcp, row.test));
      const difference = ours ? `: ${ours.instead}, because ${ours.because}` : '';
      show(`on protosocket${difference}`, () => run(protosocket, ours?.test ?? row.test));
    });
  });
}

async function run(transport: NestTransport, test: Test): Promise<void> {
  const bench = new Bench(transport);
  try {
    await test(bench);
  } catch (error) {
    // What the test says is worth more than what was left open because of it.
    await bench.close().catch(() => undefined);
    throw error;
  }
  await bench.close();
}

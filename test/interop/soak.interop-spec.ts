import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';

import { captureLog, closeServices, connectTo, startService } from '../support/app.js';
import { asked, reached } from '../support/promises.js';
import { type Echo, echoContract, EchoController } from './support/echo.js';
import { whenAvailable } from './support/required.js';
import { buildRust, endRustPeers, hasCargo, runEchoClient, RustServer, type Wire } from './support/rust.js';

const CALLS = asked('agreement.calls');
const IN_FLIGHT = 256;
const LIMIT = 60_000 + CALLS;

/** Mostly small, and now and then one that needs several reads, of a size that fits no buffer. */
const SIZES = [
  ...Array.from({ length: 499 }, (_, i) => i),
  271_828,
  ...Array.from({ length: 499 }, (_, i) => i),
  314_159,
];
const PADDING = 'z'.repeat(Math.max(...SIZES));

const wires: Wire[] = [{ format: 'protobuf' }, { format: 'messagepack' }];

whenAvailable('cargo', hasCargo)(`a soak of ${CALLS} calls`, () => {
  beforeAll(() => buildRust(), 600_000);
  beforeEach(captureLog);
  afterEach(closeServices);
  afterEach(endRustPeers);

  describe.each(wires)('$format', (wire) => {
    it(
      'a Rust client on a Nest server',
      async () => {
        const { port } = await startService([EchoController], { contract: echoContract(wire) });
        const load = ['--calls', String(CALLS), '--in-flight', String(IN_FLIGHT), '--sizes', SIZES.join(',')];
        const run = await runEchoClient(port, wire, [...load, '--timeout-ms', String(LIMIT)]);
        const { completed = 0, failed = CALLS, mismatched = CALLS } = (run.lines[0] ?? {}) as Record<string, number>;
        reached('agreement.calls', completed);
        reached('agreement.mismatches', failed + mismatched);
        expect(run.lines).toEqual([expect.objectContaining({ completed: CALLS, failed: 0, mismatched: 0 })]);
        expect(run.code).toBe(0);
      },
      LIMIT,
    );

    it(
      'a Nest client on a Rust server',
      async () => {
        const { port } = await RustServer.echo(wire);
        const client = connectTo(port, { contract: echoContract(wire) });
        let next = 0;
        let mismatched = 0;
        const lane = async (): Promise<void> => {
          for (let call = next++; call < CALLS; call = next++) {
            const body: Echo = {
              message: PADDING.slice(0, SIZES[call % SIZES.length]),
              nanotime: 2n ** 64n - 1n - BigInt(call),
            };
            const reply = await firstValueFrom(client.send<Echo>('Unary', { body }));
            if (reply.message !== body.message || reply.nanotime !== body.nanotime) mismatched++;
          }
        };
        await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
        reached('agreement.calls', Math.min(next, CALLS));
        reached('agreement.mismatches', mismatched);
        expect(mismatched).toBe(0);
      },
      LIMIT,
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { relative } from 'node:path';

/** `describe`, or what stands in its place. */
export type Describe = (name: string, tests: () => void) => void;

/** Whether nothing may be missing. */
export const isRequired = process.env.INTEROP === 'required';

const told = new Set<string>();

/**
 * `describe` for what needs something that a machine may lack. Where it is missing, the tests are skipped, and stderr says
 * so; with `INTEROP=required`, as CI sets it, they fail instead.
 */
export function whenAvailable(what: string, isAvailable: boolean, isNeeded = isRequired): Describe {
  if (isAvailable) return (name, tests) => describe(name, tests);
  return (name) => {
    describe(name, () => {
      if (isNeeded) {
        it('can run', () => {
          throw new Error(`${what} is missing, and INTEROP=required`);
        });
      } else {
        tell(what);
        it.skip(`skipped: ${what} is missing`, () => undefined);
      }
    });
  };
}

/** Once in each file: jest names skipped tests only with `--verbose`. */
function tell(what: string): void {
  if (told.has(what)) return;
  told.add(what);
  const file = relative('.', expect.getState().testPath!);
  process.stderr.write(`${file}: ${what} is missing, so what needs it is skipped.\n`);
}

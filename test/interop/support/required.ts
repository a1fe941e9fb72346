import { describe, it } from '@jest/globals';

/**
 * `describe` for what needs something that a machine may lack. Where it is missing, the tests are skipped and say so; with
 * `INTEROP=required`, as CI sets it, they fail instead.
 */
export function whenAvailable(what: string, isAvailable: boolean): (name: string, tests: () => void) => void {
  if (isAvailable) return (name, tests) => describe(name, tests);
  return (name) => {
    describe(name, () => {
      if (process.env.INTEROP === 'required') {
        it('can run', () => {
          throw new Error(`${what} is missing, and INTEROP=required`);
        });
      } else {
        it.skip(`skipped: ${what} is missing`, () => undefined);
      }
    });
  };
}
